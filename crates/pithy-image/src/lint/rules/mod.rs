//! The rules. A file has everything about one: its page, its severity, and its check.

use super::Rule;

/// Declares the modules of the rules, and their list. The name of a module is the code of its rule.
macro_rules! rules {
    ($($name:ident)*) => {
        $( mod $name; )*

        /// Every rule, by subject.
        pub const RULES: &[Rule] = &[
            $( Rule { code: stringify!($name), severity: $name::SEVERITY, check: $name::check }, )*
        ];
    };
}

rules! {
    // the base image
    unpinned_base

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

    // users and permissions
    needless_sudo
    needs_root
    world_writable

    // files
    case_collision
    crlf_script
    dependencies_sent
    env_file_sent
    executable_unknown
    not_a_pattern
    not_executable
    private_key_sent

    // Daytona
    ignored_by_daytona
    missing_in_daytona

    // the whole
    dockerfile_too_large
    too_many_layers
    unused_silence
}
