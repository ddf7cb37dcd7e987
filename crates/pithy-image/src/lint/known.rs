//! What is known of an image, by the name of its base and by its steps.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::steps::Step;

/// What is known of an image before one of its steps.
pub(in crate::lint) struct Known<'a> {
    /// As messages name it.
    pub(in crate::lint) base: &'a str,
    /// Its name, of those that are known.
    pub(in crate::lint) name: Option<&'static str>,
    /// Its tag; none if there is only a digest.
    pub(in crate::lint) tag: Option<&'a str>,
    /// Whether a step may have installed anything.
    is_open: bool,
    /// Debian packages.
    pub(in crate::lint) packages: BTreeSet<&'a str>,
    /// Whether a step may have brought npm.
    pub(in crate::lint) may_have_npm: bool,
    /// The variables of pip and uv that are on.
    pub(in crate::lint) variables: Vec<&'a str>,
    /// Who runs what follows, if that is not the root of the base; empty if a variable says who it is.
    pub(in crate::lint) user: Option<Cow<'a, str>>,
}

impl<'a> Known<'a> {
    pub(in crate::lint) fn of(base: &'a str) -> Self {
        let (reference, default_tag) = match base.split_once('@') {
            Some((reference, _)) => (reference, None),
            None => (base, Some("latest")),
        };
        let path = reference.strip_prefix("docker.io/").unwrap_or(reference);
        let path = path.strip_prefix("library/").unwrap_or(path);
        let (name, tag) = path.split_once(':').map_or((path, default_tag), |(name, tag)| (name, Some(tag)));
        let known = [PYTHON, NODE, ALPINE].into_iter().chain(DEBIANS).chain(SERVICES).chain(LANGUAGES);
        Self {
            base: shown(base),
            name: known.into_iter().find(|known| *known == name),
            tag,
            is_open: false,
            packages: BTreeSet::new(),
            may_have_npm: false,
            variables: Vec::new(),
            user: user_of(base).map(Cow::Borrowed),
        }
    }

    /// What a step changes.
    pub(in crate::lint) fn learn(&mut self, step: &'a Step) {
        match step {
            Step::RunCommands(_)
            | Step::RunScript(_)
            | Step::CopyFrom(_)
            | Step::AddFile(_)
            | Step::AddLocalDir(_)
            | Step::AddLocalFile(_)
            | Step::AptRepository(_)
            | Step::Symlink(_) => self.is_open = true,
            Step::FromDockerfile(_) | Step::DockerfileCommands(_) => {
                self.is_open = true;
                self.user = Some("".into()); // whoever the text says
            }
            Step::Raw(step) => {
                self.is_open = true;
                self.user = step.user().map(Cow::Owned).or(self.user.take());
            }
            Step::AptInstall(step) => self.learn_packages(step.packages.iter().map(|package| package.trim())),
            Step::Nodejs(_) => self.may_have_npm = true,
            // Wheels bring programs: there is one with all of Node.js.
            _ if runs_pip(step) => self.may_have_npm = true,
            Step::Env(step) => step.variables.0.iter().for_each(|(name, value)| self.learn_variable(name, value)),
            Step::Arg(step) => self.learn_variable(step.name.trim(), &step.value),
            Step::User(step) => self.user = Some(step.user.trim().into()),
            _ => {}
        }
    }

    /// A path is that of a file which may hold anything.
    fn learn_packages(&mut self, packages: impl Iterator<Item = &'a str>) {
        for package in packages {
            self.is_open |= package.starts_with('/');
            self.packages.extend(package.split(['=', '/', ':']).next());
        }
    }

    /// pip and uv read a variable as they read a yes or no; one that is empty is none.
    fn learn_variable(&mut self, name: &'a str, value: &str) {
        const OFF: [&str; 7] = ["", "0", "f", "false", "n", "no", "off"];
        let is_on = !OFF.contains(&value.trim().to_ascii_lowercase().as_str());
        self.variables.retain(|known| *known != name);
        self.variables.extend([PIP_BREAKS, UV_BREAKS].into_iter().filter(|known| is_on && *known == name));
    }

    /// Whether the base is known, and nothing since may have installed anything.
    pub(in crate::lint) fn is_sure(&self) -> bool {
        self.name.is_some() && !self.is_open
    }

    pub(in crate::lint) fn is_alpine(&self) -> bool {
        self.is_sure() && (self.name == Some(ALPINE) || self.tag.is_some_and(|tag| tag.contains(ALPINE)))
    }

    /// Whether there may be a `python`. Debian calls its own `python3` alone; in old releases, packages whose names begin
    /// with `python-` bring one.
    pub(in crate::lint) fn has_python(&self) -> bool {
        self.name == Some(PYTHON) || self.packages.iter().any(|name| *name == "python" || name.starts_with("python-"))
    }

    /// Whether the tag names a Debian 12, Ubuntu 23.04 or a successor, whose pip installs into environments only (PEP 668).
    pub(in crate::lint) fn is_managed(&self) -> bool {
        let Some(tag) = self.tag else { return false };
        let first = tag.split('-').next().unwrap_or_default();
        let number = || first.split('.').next().and_then(|number| number.parse::<u32>().ok());
        let is_later = match self.name {
            Some("debian") => first == "stable" || number().is_some_and(|number| number >= 12),
            Some("ubuntu") => number().is_some_and(|number| number >= 23),
            _ => false,
        };
        let is_newest = first == "latest" && self.name.is_some_and(|name| DEBIANS.contains(&name));
        is_later || is_newest || tag.split('-').any(|part| MANAGED.contains(&part))
    }
}

/// A base image as messages name it: without its digest, and without a tag that is a variable.
pub(in crate::lint) fn shown(base: &str) -> &str {
    let tagged = base.split('@').next().unwrap_or(base);
    match tagged.rsplit_once(':') {
        Some((name, tag)) if tag.contains('$') && !name.contains('$') => name,
        _ => tagged,
    }
}

/// The user that an image of public note ends with; none if that is root, or not known.
pub(in crate::lint) fn user_of(base: &str) -> Option<&'static str> {
    let name = base.strip_prefix("docker.io/").unwrap_or(base).split([':', '@']).next().unwrap_or_default();
    let is_named = |pattern: &str| match pattern.split_once('*') {
        Some((start, end)) => name.starts_with(start) && name.ends_with(end),
        None => name == pattern,
    };
    USERS.iter().find(|(pattern, _)| is_named(pattern)).map(|(_, user)| *user)
}

/// Images of public note that end with another user than root, and that others build on: names, or their beginnings and ends.
const USERS: [(&str, &str); 15] = [
    ("apache/airflow", "airflow"),
    ("cimg/base", "circleci"),
    ("cimg/node", "circleci"),
    ("codercom/enterprise-base", "coder"),
    ("daytonaio/sandbox", "daytona"),
    ("ghcr.io/puppeteer/puppeteer", "pptruser"),
    ("gitpod/workspace-base", "gitpod"),
    ("gitpod/workspace-full", "gitpod"),
    ("homebrew/brew", "linuxbrew"),
    ("jenkins/agent", "jenkins"),
    ("jenkins/inbound-agent", "jenkins"),
    ("jenkins/jenkins", "jenkins"),
    ("jupyter/*-notebook", "jovyan"),
    ("mambaorg/micromamba", "mambauser"),
    ("quay.io/jupyter/*-notebook", "jovyan"),
];

pub(in crate::lint) const PYTHON: &str = "python";
pub(in crate::lint) const NODE: &str = "node";
pub(in crate::lint) const ALPINE: &str = "alpine";
pub(in crate::lint) const DEBIANS: [&str; 3] = ["buildpack-deps", "debian", "ubuntu"];
pub(in crate::lint) const LANGUAGES: [&str; 4] = ["golang", "php", "ruby", "rust"];

/// Releases in which Python is managed by apt.
const MANAGED: [&str; 11] =
    ["bookworm", "forky", "lunar", "mantic", "noble", "oracular", "plucky", "questing", "resolute", "sid", "trixie"];

/// The variables that let pip, and uv, install beside Debian's packages.
pub(in crate::lint) const PIP_BREAKS: &str = "PIP_BREAK_SYSTEM_PACKAGES";
pub(in crate::lint) const UV_BREAKS: &str = "UV_BREAK_SYSTEM_PACKAGES";

/// Official images that start a program.
pub(in crate::lint) const SERVICES: [&str; 16] = [
    "caddy",
    "elasticsearch",
    "haproxy",
    "httpd",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "neo4j",
    "nginx",
    "postgres",
    "rabbitmq",
    "redis",
    "registry",
    "tomcat",
    "traefik",
];

/// The variables that an image sets which has nothing but a system or a language, as the beginnings of their names; none if it is
/// another image.
pub(in crate::lint) fn variables_of(base: &str) -> Option<&'static [&'static str]> {
    let name = if base == "scratch" { base } else { Known::of(base).name? };
    let variables = PLAIN.iter().find(|(known, _)| *known == name);
    variables.map(|(_, variables)| *variables)
}

/// Images with nothing but a system or a language, and what their variables begin with besides `PATH`.
const PLAIN: [(&str, &[&str]); 11] = [
    ("scratch", &[]),
    (ALPINE, &[]),
    ("buildpack-deps", &[]),
    ("debian", &[]),
    ("ubuntu", &[]),
    (NODE, &["NODE_VERSION", "YARN_VERSION", "NPM_CONFIG_"]),
    (PYTHON, &["PYTHON", "LANG", "GPG_KEY"]),
    ("golang", &["GO"]),
    ("php", &["PHP", "GPG_KEYS", "APACHE_"]),
    ("ruby", &["RUBY", "GEM_HOME", "BUNDLE_", "LANG"]),
    ("rust", &["RUST", "CARGO_HOME"]),
];

/// Whether Docker Hub has, or had, an official image of this name, which may also be `scratch`.
pub(in crate::lint) fn is_official(name: &str) -> bool {
    OFFICIAL.split(' ').any(|official| official == name)
}

/// The official images of Docker Hub, with those that were withdrawn.
const OFFICIAL: &str = "\
    adminer adoptopenjdk aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb \
    archlinux azul-zulu backdrop bash bonita buildpack-deps busybox caddy cassandra centos chronograf \
    cirros clearlinux clefos clickhouse clojure composer consul convertigo couchbase couchdb crate crux \
    dart debian docker drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir emqx erlang \
    espocrm euleros express-gateway fedora flink fluentd friendica fsharp gazebo gcc geonetwork ghost \
    golang gradle groovy haproxy haskell haxe hello-world hitch httpd hylang ibm-semeru-runtimes ibmjava \
    influxdb iojs irssi java jenkins jetty jobber joomla jruby julia kaazing-gateway kapacitor kibana \
    known kong krakend lightstreamer liquibase logstash mageia mariadb matomo maven mediawiki memcached \
    mongo mongo-express monica mono mysql nats nats-streaming neo4j neurodebian nextcloud nginx nim node \
    notary nuxeo odoo open-liberty openjdk opensuse oraclelinux orientdb owncloud percona perl photon \
    php php-zendserver phpmyadmin piwik plone postfixadmin postgres pypy python r-base rabbitmq rails \
    rakudo-star rapidoid redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust \
    sapmachine satosa scratch sentry silverpeas sl solr sonarqube sourcemage spark spiped storm swarm \
    swift swipl teamspeak telegraf thrift tomcat tomee traefik ubuntu unit varnish vault websphere- \
    liberty wordpress xwiki yourls znc zookeeper";

/// Whether a step runs `python -m pip`.
pub(in crate::lint) fn runs_pip(step: &Step) -> bool {
    extra_options(step).is_some() || matches!(step, Step::UvPipInstall(_) | Step::Playwright(_))
}

/// The options that a step gives its `python -m pip`; none for one that has no such options.
pub(in crate::lint) fn extra_options(step: &Step) -> Option<&str> {
    let options = match step {
        Step::PipInstall(step) => &step.extra_options,
        Step::PipInstallFromRequirements(step) => &step.extra_options,
        Step::PipInstallFromPyproject(step) => &step.extra_options,
        _ => return None,
    };
    Some(options.as_deref().unwrap_or_default())
}

/// Whether a step runs `apt-get`.
pub(in crate::lint) fn runs_apt(step: &Step) -> bool {
    matches!(step, Step::AptInstall(_) | Step::AptRepository(_) | Step::GithubCli(_) | Step::Playwright(_))
}
