//! Secrets in texts: tokens in a known form, passwords in URLs, and random values of variables whose names say what they are.
//!
//! What looks like an example (`AKIAIOSFODNN7EXAMPLE`, `your-token-here`, `xxxxxxxx`) is none, nor is a variable. Findings are strict:
//! a false alarm stops a build. Masks are generous, since a masked word that is no secret costs little: they also hide what [`given`]
//! and [`command`] find.

mod bytes;
mod command;
mod given;
mod stand_in;

use std::borrow::Cow;
use std::ops::Range;

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    /// What it is, as in `a token of GitHub`.
    pub(crate) what: &'static str,
    /// Where the part of it is that nobody should see.
    pub(crate) hidden: Range<usize>,
}

/// A form of tokens: how they begin, and how many characters of an alphabet follow.
struct Form {
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    what: &'static str,
}

#[derive(Clone, Copy)]
enum Alphabet {
    Hex,
    Upper,
    Word,
    Base64,
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-',
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte),
        }
    }
}

const fn form(prefix: &'static str, alphabet: Alphabet, least: usize, what: &'static str) -> Form {
    Form { prefix, alphabet, least, what }
}

/// As the documentation of the services, and their published patterns for secret scanning, have them; sorted by the first
/// character, and the longer prefix first.
const FORMS: &[Form] = &[
    form("AGE-SECRET-KEY-1", Alphabet::Upper, 50, "a key of age"),
    form("AKIA", Alphabet::Upper, 16, "an access key of AWS"),
    form("ASIA", Alphabet::Upper, 16, "an access key of AWS"),
    form("AIza", Alphabet::Word, 35, "a key of Google's APIs"),
    form("GOCSPX-", Alphabet::Word, 28, "a client secret of Google"),
    form(ENCODED_KEY, Alphabet::Base64, 60, "a private key in base64"),
    form("NRAK-", Alphabet::Upper, 27, "a key of New Relic"),
    form("SG.", Alphabet::Base64, 60, "a key of SendGrid"),
    form("dckr_pat_", Alphabet::Word, 27, "a token of Docker Hub"),
    form("dop_v1_", Alphabet::Hex, 64, "a token of DigitalOcean"),
    form("dp.pt.", Alphabet::Word, 40, "a token of Doppler"),
    form("dapi", Alphabet::Hex, 32, "a token of Databricks"),
    form("dtn_", Alphabet::Hex, 64, "a key of Daytona"),
    form("eyJ", Alphabet::Base64, 60, "a JSON Web Token"),
    form("github_pat_", Alphabet::Word, 59, "a token of GitHub"),
    form("glpat-", Alphabet::Word, 20, "a token of GitLab"),
    form("ghp_", Alphabet::Word, 36, "a token of GitHub"),
    form("gho_", Alphabet::Word, 36, "a token of GitHub"),
    form("ghu_", Alphabet::Word, 36, "a token of GitHub"),
    form("ghs_", Alphabet::Word, 36, "a token of GitHub"),
    form("ghr_", Alphabet::Word, 36, "a token of GitHub"),
    form("gsk_", Alphabet::Word, 40, "a key of Groq"),
    form("hooks.slack.com/services/", Alphabet::Base64, 30, "the URL of a webhook of Slack"),
    form("hf_", Alphabet::Word, 34, "a token of Hugging Face"),
    form("lin_api_", Alphabet::Word, 40, "a key of Linear"),
    form("nfp_", Alphabet::Word, 36, "a token of Netlify"),
    form("npm_", Alphabet::Word, 36, "a token of npm"),
    form("ntn_", Alphabet::Word, 40, "a token of Notion"),
    form("pypi-AgE", Alphabet::Word, 60, "a token of PyPI"),
    form("rk_live_", Alphabet::Word, 24, "a key of Stripe"),
    form("r8_", Alphabet::Word, 37, "a token of Replicate"),
    form("sk-svcacct-", Alphabet::Word, 40, "a key of OpenAI"),
    form("sk-or-v1-", Alphabet::Hex, 64, "a key of OpenRouter"),
    form("sk-proj-", Alphabet::Word, 40, "a key of OpenAI"),
    form("sk_live_", Alphabet::Word, 24, "a key of Stripe"),
    form("sk-ant-", Alphabet::Word, 60, "a key of Anthropic"),
    form("sntrys_", Alphabet::Base64, 60, "a token of Sentry"),
    form("shpat_", Alphabet::Hex, 32, "a token of Shopify"),
    form("sbp_", Alphabet::Hex, 40, "a token of Supabase"),
    form("sk-", Alphabet::Word, 32, "an API key"),
    form("xapp-", Alphabet::Word, 30, "a token of Slack"),
    form("xoxa-", Alphabet::Word, 20, "a token of Slack"),
    form("xoxb-", Alphabet::Word, 20, "a token of Slack"),
    form("xoxp-", Alphabet::Word, 20, "a token of Slack"),
    form("xoxs-", Alphabet::Word, 20, "a token of Slack"),
];

/// `-----BEGIN ` in base64; what follows says whether it is a private key.
const ENCODED_KEY: &str = "LS0tLS1CRUdJTi";

/// The secrets in a text, in order, none in another.
pub(crate) fn secrets(text: &str) -> Vec<Secret> {
    let bytes = text.as_bytes();
    let mut found: Vec<Secret> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let secret = (!forms_of(bytes[at]).is_empty()).then(|| token(bytes, at)).flatten();
        let secret = secret.or_else(|| match bytes[at] {
            b':' if bytes[at..].starts_with(b"://") => password(text, at + 3),
            b'=' | b':' => value(text, at),
            b'-' if bytes[at..].starts_with(b"-----BEGIN ") => private_key(text, at),
            _ => None,
        });
        match secret {
            Some(secret) if secret.hidden.end > at => {
                at = secret.hidden.end;
                found.push(secret);
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether a content has a token in a known form. It looks at nothing else, so that it can look at every file.
pub(crate) fn has_token(content: &[u8]) -> bool {
    let is_text = !content.contains(&0);
    is_text && content.iter().enumerate().any(|(at, &byte)| !forms_of(byte).is_empty() && token(content, at).is_some())
}

/// Where the forms are that begin with each character of ASCII: from one index to the next. Most characters begin none.
const FORMS_OF: [u8; 129] = {
    let mut starts = [0; 129];
    let mut byte = 0;
    let mut form = 0;
    while byte < 128 {
        starts[byte] = form;
        while (form as usize) < FORMS.len() && FORMS[form as usize].prefix.as_bytes()[0] as usize == byte {
            form += 1;
        }
        byte += 1;
    }
    starts[128] = form;
    starts
};

/// The forms that begin with a byte.
fn forms_of(byte: u8) -> &'static [Form] {
    let at = usize::from(byte.min(127));
    FORMS.get(usize::from(FORMS_OF[at])..usize::from(FORMS_OF[at + 1])).unwrap_or_default()
}

/// A text with asterisks in place of its secrets.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let mut hidden = Hidden(vec![false; text.len()]);
    for secret in secrets(text) {
        hidden.hide(secret.hidden);
    }
    given::hide(text, &mut hidden);
    command::hide(text, &mut hidden);
    let mut out = String::new();
    let mut shown = 0;
    while let Some(start) = hidden.next(shown, true) {
        let end = hidden.next(start, false).unwrap_or(text.len());
        out.extend([&text[shown..start], MASK]);
        shown = end;
    }
    if shown == 0 { text.into() } else { (out + &text[shown..]).into() }
}

/// Which bytes of a text nobody should see: a flag for each, since ranges would have to be sorted.
struct Hidden(Vec<bool>);

impl Hidden {
    fn hide(&mut self, range: Range<usize>) {
        self.0.get_mut(range).unwrap_or_default().fill(true);
    }

    /// The next byte that is hidden, or is not.
    fn next(&self, at: usize, is_hidden: bool) -> Option<usize> {
        self.0[at..].iter().position(|flag| *flag == is_hidden).map(|distance| at + distance)
    }
}

const MASK: &str = "***";

/// Whether a token can begin here: not within a word.
fn at_boundary(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| !Alphabet::Word.has(bytes[before]))
}

/// A token that begins at a byte. Its prefix, which says whose it is, may be seen.
fn token(text: &[u8], at: usize) -> Option<Secret> {
    let rest = text.get(at..).filter(|_| at_boundary(text, at))?;
    let form = forms_of(*rest.first()?).iter().find(|form| rest.starts_with(form.prefix.as_bytes()))?;
    let start = at + form.prefix.len();
    let run = rest[form.prefix.len()..].iter().take(LONGEST).take_while(|byte| form.alphabet.has(**byte));
    let length = run.count();
    let secret = str::from_utf8(text.get(start..start + length)?).ok()?;
    if form.prefix == "npm_"
        && ["config_", "package_", "lifecycle_"].iter().any(|variable| secret.starts_with(variable))
    {
        return None; // a variable that npm sets
    }
    let is_whole = match form.prefix {
        "eyJ" => secret.matches('.').count() == 2,
        ENCODED_KEY => is_encoded_key(&secret[..ENCODED_HEAD.min(length)]),
        _ => true,
    };
    let is_real = length >= form.least && is_whole && !is_example(secret);
    is_real.then(|| Secret { what: form.what, hidden: start..start + length })
}

/// Whether it begins a private key, and no certificate: `PRIVATE` in base64 has three forms.
fn is_encoded_key(head: &str) -> bool {
    ["UFJJVkFURS", "BSSVZBVEUg", "QUklWQVRFI"].iter().any(|private| head.contains(private))
}

/// The password in a URL, behind its `://`.
fn password(text: &str, at: usize) -> Option<Secret> {
    let Login { user, password: hidden, host } = login(text, at)?;
    let password = &text[hidden.clone()];
    let is_template = user.contains(['$', '{', '*', '[', ']', '%']) || password.len() < 6 || is_word(password);
    let is_shown = is_template || is_example(password) || is_local(host);
    (!is_shown).then_some(Secret { what: "a password in a URL", hidden })
}

/// Who a URL is for, and where.
struct Login<'t> {
    /// With the password.
    user: &'t str,
    password: Range<usize>,
    host: &'t str,
}

/// The login in a URL, behind its `://`. A name alone is a password if it is a token.
fn login(text: &str, at: usize) -> Option<Login<'_>> {
    let rest = text.get(at..)?;
    let is_end = |c: char| c.is_whitespace() || "/?#\"'`\\<>()|\0".contains(c);
    let end = rest.find(is_end).unwrap_or(rest.len());
    let (user, host) = rest[..end].rsplit_once('@')?;
    let (name, password) = user.split_once(':').unwrap_or((user, user));
    let is_name = name == password && (password.len() < 20 || entropy(password) < RANDOM);
    let end = at + user.len();
    (!is_name).then_some(Login { user, password: end - password.len()..end, host })
}

/// The value of a variable, or of a field, whose name says that it is a secret; `at` is the character between them.
fn value(text: &str, at: usize) -> Option<Secret> {
    let before = text.get(..at)?.trim_end_matches(['"', '\'', ' ']);
    let name_start =
        before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).map_or(0, |end| end + 1);
    let name = before.get(name_start..).filter(|name| is_secret_name(name))?;
    let rest = text.get(at + 1..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '"', '\'', '\\']).len();
    let start = at + 1 + blanks;
    let is_part = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`,;&|<>(){}[]\\".contains(byte);
    let length = text.as_bytes()[start..].iter().take(LONGEST_VALUE).take_while(|byte| is_part(byte)).count();
    let secret = &text[start..start + length];
    // In a program, a path (`process.env.TOKEN`) or a call stands there without quotes.
    let is_quoted = blanks > 0 && !rest.starts_with(' ') || rest.trim_start_matches(' ').starts_with(['"', '\'']);
    let is_code = !is_quoted && (secret.contains(['.', ':', '!']) || text[start + length..].starts_with('('));
    if is_code || is_word(secret) {
        return None;
    }
    let is_random = (16..LONGEST_VALUE).contains(&length)
        && entropy(secret) >= RANDOM
        && secret.bytes().any(|byte| byte.is_ascii_digit());
    let is_value =
        is_random && !secret.contains("://") && !secret.starts_with(['$', '/', '.', '@']) && !is_example(secret);
    (is_value && !name.is_empty()).then(|| Secret { what: "a secret", hidden: start..start + length })
}

/// The lines of a private key, behind the one that begins it.
fn private_key(text: &str, at: usize) -> Option<Secret> {
    let rest = text.get(at..)?;
    let head = rest.get(..rest.bytes().take(LONGEST_HEAD).take_while(|byte| !b"\n\\\0".contains(byte)).count())?;
    let line = head.trim_end();
    if !line.ends_with("PRIVATE KEY-----") && !line.ends_with("PRIVATE KEY BLOCK-----") {
        return None;
    }
    let start = at + head.len();
    // In a string of a program or of JSON, a key ends with it, and so does the escape before its quote.
    let body = rest[head.len()..].split(['"', '\'', '`', '\0']).next()?;
    let length = body.split("-----END").next()?.trim_end_matches('\\').len();
    (length >= SHORTEST_KEY).then(|| Secret { what: "a private key", hidden: start..start + length })
}

/// Bytes of a token, of a value, and of the line that begins a key: more of a hostile text is not looked at, at each of its
/// places.
const SHORTEST_KEY: usize = 40;
const LONGEST: usize = 1 << 14;
const LONGEST_VALUE: usize = 512;
const LONGEST_HEAD: usize = 64;
/// Letters of base64 that have the rest of the line that begins a key.
const ENCODED_HEAD: usize = 40;

/// Whether a variable with this name holds a secret.
fn is_secret_name(name: &str) -> bool {
    const ENDS: [&str; 12] = [
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "access_key",
        "private_key",
        "secret_key",
        "auth",
        "credentials",
        "encryption_key",
    ];
    let name = name.to_ascii_lowercase().replace('-', "_");
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Bits a character from which on a text is random: words have less.
const RANDOM: f64 = 3.2;

/// Shannon's entropy of a text, in bits a character.
#[expect(clippy::cast_precision_loss, reason = "texts are short")]
fn entropy(text: &str) -> f64 {
    let mut counts = [0_usize; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let share = |count: &usize| *count as f64 / text.len() as f64;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

/// Whether something only says what stands there: `secret`, `bearer-access-token-1`.
fn is_word(secret: &str) -> bool {
    const WORDS: [&str; 10] =
        ["password", "passwd", "passphrase", "mypass", "secret", "token", "bearer", "postgres", "redis", "admin"];
    let lower = secret.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether a host is the machine itself, or written in place of one.
fn is_local(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or(host);
    ["localhost", "127.0.0.1", "host", "hostname", "db", "database"].contains(&name)
}

/// Whether something is written in place of a secret.
fn is_example(secret: &str) -> bool {
    const WORDS: [&str; 14] = [
        "example",
        "your",
        "xxxx",
        "changeme",
        "change_me",
        "placeholder",
        "dummy",
        "fake",
        "redacted",
        "insert",
        "replace",
        "test",
        "0000",
        "1234",
    ];
    let lower = secret.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word)) || entropy(secret) < 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits and letters without an order that anybody would write.
    const RANDOM_TEXT: &str = "q8Zr2LkV9mXw4TnB7cJd5HsF6gPyAeUi3oKvMbQxRtWzYaSdNfGhJl";

    fn shown(text: &str) -> String {
        mask(text).into_owned()
    }

    #[test]
    fn tokens_of_a_known_form_are_masked_behind_what_says_whose_they_are() {
        let body = &RANDOM_TEXT[..36];
        assert_eq!(
            shown(&format!("git clone https://x:ghp_{body}@github.com/a")),
            "git clone https://x:***@github.com/a"
        );
        assert_eq!(shown(&format!("\"sk-proj-{RANDOM_TEXT}\"")), "\"sk-proj-***\"");
        assert_eq!(shown("AKIAQ3EGRN5ZLWDX7KPM."), "AKIA***.");
    }

    #[test]
    fn passwords_in_urls_are_masked() {
        assert_eq!(
            shown("pip install -i https://me:s3cr3t-Pa5s@pypi.corp/simple"),
            "pip install -i https://me:***@pypi.corp/simple"
        );
        for other in [
            "git clone https://git@github.com/a",
            "https://user@host/a",
            "https://u:$PASS@h",
            "https://u:${P}@h",
            "http://a:80/@b",
            "https://user:password123example@h",
            "postgresql://user:password@localhost:5432/db",
            "https://[user[:password]@]host/",
        ] {
            assert_eq!(shown(other), other);
        }
    }

    #[test]
    fn masks_hide_what_no_finding_says() {
        for (text, masked) in [
            ("postgresql://app:q8Zr2LkV9m@localhost/db", "postgresql://app:***@localhost/db"),
            ("DB_PASS=hunter2", "DB_PASS=***"),
            ("docker login -p q8Zr2LkV9mXw4TnB7cJd5HsF", "docker login -p ***"),
        ] {
            assert_eq!((secrets(text), shown(text).as_str()), (Vec::new(), masked));
        }
    }

    #[test]
    fn a_webhook_and_a_private_key_in_base64_are_reported() {
        let hook = format!("https://hooks.slack.com/services/T04ABCDEF/B05GHIJKL/{}", &RANDOM_TEXT[..24]);
        let key = format!("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpx{RANDOM_TEXT}");
        let certificate = format!("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCnE4WnIy{RANDOM_TEXT}");
        let whats = |text: &str| secrets(text).iter().map(|secret| secret.what).collect::<Vec<_>>();
        assert_eq!(whats(&hook), ["the URL of a webhook of Slack"]);
        assert_eq!(whats(&key), ["a private key in base64"]);
        assert_eq!(whats(&certificate), [""; 0]);
    }

    #[test]
    fn random_values_of_secrets_are_masked() {
        let value = &RANDOM_TEXT[..24];
        for (before, after) in [
            ("API_KEY=", ""),
            ("ENV DB_PASSWORD=\"", "\""),
            ("{\"clientSecret\": \"", "\"}"),
            ("\"ENV TOKEN=\\\"", "\\\"\""),
            ("  auth-token: ", "\n"),
        ] {
            assert_eq!(shown(&format!("{before}{value}{after}")), format!("{before}***{after}"));
        }
        for other in [
            "TOKEN=$TOKEN",
            "API_KEY=your-api-key-goes-here-1",
            "PASSWORD=postgres",
            "secret=/run/secrets/token_with_long_name1",
            "TOKEN_FILE=q8Zr2LkV9mXw4TnB7cJd5HsF",
            "KEYBOARD=q8Zr2LkV9mXw4TnB7cJd5HsF",
            "SECRET_KEY: the-name-of-the-secret",
            "apiKey: process.env.MEM0_API_KEY_OF_2024!",
            "auth = httpx2.BasicAuth1(user, pw)",
            "token=SecureRandom9x4.alphanumeric(40)",
            "npm_config_q8Zr2LkV9mXw4TnB7cJd5HsF6gPyAeUi3oKvMbQ",
        ] {
            assert_eq!(shown(other), other);
        }
    }

    #[test]
    fn the_lines_of_a_private_key_are_masked() {
        let key = format!("a\n-----BEGIN RSA PRIVATE KEY-----\n{RANDOM_TEXT}\n-----END RSA PRIVATE KEY-----\nb");
        assert_eq!(shown(&key), "a\n-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nb");
        let json = format!(r#"{{"a":"-----BEGIN PRIVATE KEY-----\n{RANDOM_TEXT}\n\"quoted\"","b":"c"}}"#);
        assert_eq!(shown(&json), r#"{"a":"-----BEGIN PRIVATE KEY-----***\"quoted\"","b":"c"}"#);
        let placeholder = "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----";
        assert_eq!(shown(placeholder), placeholder);
    }

    #[test]
    fn what_is_written_in_place_of_a_token_is_none() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sk-your-key-here-aaaaaaaaaaaaaaaaaaaaaa",
            "task-q8Zr2LkV9mXw4TnB7cJd5HsF6gPyAeUi3o",
            "sk-learn",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    /// So long that they would take minutes if each place led to a look at all that follows.
    fn hostile_texts_take_linear_time() {
        for text in [
            "eyJ".repeat(5_000),
            "://a:b".repeat(5_000),
            "TOKEN=".repeat(5_000),
            "-----BEGIN ".repeat(5_000),
            "-----BEGIN PRIVATE KEY-----\"".repeat(5_000),
            "é=\"ü:@".repeat(5_000),
            "A".repeat(100_000),
        ] {
            let _ = secrets(&text);
        }
    }
}
