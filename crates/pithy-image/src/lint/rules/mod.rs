//! The rules. A file has everything about one: its page, its severity, and its check.

use super::{Check, Rule};

/// Declares the modules of the rules, and their list. The name of a module is the code of its rule.
macro_rules! rules {
    ($($kind:ident { $($name:ident)* })*) => {
        $($( mod $name; )*)*

        /// Every rule, by subject.
        pub const RULES: &[Rule] = &[
            $($( Rule { code: stringify!($name), severity: $name::SEVERITY, check: Check::$kind($name::check) }, )*)*
        ];
    };
}

rules! { Image {
    // the base image
    base_without_digest
    unpinned_base

    // stages
    duplicate_stage
    misspelt_stage
    reserved_stage
    unused_stage

    // instructions
    add_instead_of_copy
    empty_continuation
    inconsistent_casing
    legacy_pair
    maintainer
    onbuild
    relative_workdir

    // variables
    same_instruction_variable

    // packages and programs
    apk_cache_left
    apt_key
    apt_lists_left
    apt_program
    apt_recommends
    apt_update_alone
    apt_upgrade
    apt_without_update
    apt_without_yes
    asks_questions
    externally_managed
    index_order
    missing_in_base
    missing_program
    node_over_node
    npm_without_lockfile
    other_python
    pip_cache_left
    unpinned_apt
    unpinned_npm
    unpinned_pip
    unquoted_specifier
    yum_cache_left
    yum_without_yes

    // commands
    bashism
    cd_alone
    cleanup_in_later_layer
    curl_without_fail
    download_without_checksum
    git_clone_moving
    insecure_download
    literal_variable
    lost_environment
    lost_process
    ownership_in_later_layer
    pipe_to_shell
    pipe_without_pipefail
    substitution_in_single_quotes
    unreadable_command

    // users and permissions
    missing_user
    needless_sudo
    needs_root
    root_user
    world_writable

    // secrets
    secret_in_command
    secret_in_file
    secret_in_variable

    // copies
    copy_before_install
    not_a_pattern

    // the program that a sandbox starts
    entrypoint_exits
    several_entrypoints
    shell_form_entrypoint

    // Daytona
    ignored_by_daytona
    missing_in_daytona
    remote_frontend

    // the whole
    dockerfile_too_large
    too_many_layers
    not_a_dockerfile
    unused_silence
} Files {
    case_collision
    copied_twice
    credentials_sent
    crlf_script
    dependencies_sent
    env_file_sent
    executable_unknown
    git_sent
    large_file
    not_executable
    private_key_sent
    token_sent
} Change {
    base_changed
    checksum_removed
    download_host_changed
    user_removed
} }
