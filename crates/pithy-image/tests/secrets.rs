//! What masks hide: fixed secrets that are no real ones, where people write them, and ordinary text beside it.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use pithy_image::api::mask;
use pithy_image::wire::Answer;

fn masked(text: &str) -> String {
    let Answer::Ok(masked) = mask(text) else { panic!("no answer for {text}") };
    masked
}

/// Texts with `§` in place of a secret.
const PLACES: &[&str] = &[
    // Headers.
    "curl -H 'Authorization: Bearer §' https://api.example.org",
    "curl -H \"Authorization: Basic §\" https://api.example.org",
    "curl -H 'Authorization: token §' https://api.example.org",
    "curl -H \"X-Api-Key: §\" https://api.example.org",
    "headers = {\"Authorization\": \"Bearer §\"}",
    "headers[\"Authorization\"] = \"Bearer §\"",
    "request.set('Authorization', 'Bearer §')",
    // URLs.
    "DATABASE_URL=postgres://u:§@db/x",
    "psql postgres://u:§@localhost:5432/x",
    "redis://:§@redis:6379/0",
    "https://hooks.slack.com/services/§",
    // Commands.
    "curl -u admin:§ https://example.org",
    "curl -fsSu admin:§ https://example.org",
    "curl --user 'admin:§' https://example.org",
    "curl -H \"Cookie: a; b\" -u admin:§ https://example.org",
    "subprocess.run([\"curl\", \"-u\", \"admin:§\"])",
    "mysql -u root -p§ shop < /dump.sql",
    "mysqldump -p'§' shop",
    "docker login -u me --password § registry.example.org",
    "docker login -u me -p § registry.example.org",
    "docker login --password=§ registry.example.org",
    "echo § | docker login -u me --password-stdin",
    "echo -n '§' | docker login -u me --password-stdin",
    "printf '%s' \"§\" | podman login --password-stdin registry.example.org",
    "sshpass -p § ssh me@host",
    "sshpass -p \"§\" ssh me@host",
    "RUN [\"sh\", \"-c\", \"sshpass -p § ssh me@host\"]",
    "aws configure set aws_secret_access_key §",
    "npm config set //registry.example.org/:_authToken §",
    "echo § | passwd --stdin root",
    "RUN (echo §) | passwd root",
    "passwd --stdin root <<< \"§\"",
    "echo root:§ | chpasswd",
    "RUN echo 'root:§' | chpasswd && apt-get update",
    "ENV DB_PASS §",
    "psql -c \"ALTER USER app PASSWORD '§'\"",
    // `.netrc`.
    "machine git.example.org login me password §",
    "machine git.example.org\n  login me\n  password §\n",
    "default login me password §",
    "echo \"machine git.example.org login me password §\" > ~/.netrc",
    "printf 'machine git.example.org\\nlogin me\\npassword §\\n' > ~/.netrc",
    // Variables and fields.
    "DB_PASS=§",
    "export MYPASS='§'",
    "ENV PASSPHRASE=\"§\"",
    "set -e\nTOKEN=§",
    "RUN [\"/bin/sh\", \"-c\", \"set -e\\nTOKEN=§\\necho\"]",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§;EndpointSuffix=core.windows.net",
    "{\"secretAccessKey\": \"§\", \"region\": \"eu\"}",
    "{\\\"secretAccessKey\\\": \\\"§\\\"}",
    "database:\n  password: §\n  host: db\n",
    "smtpPass = \"§\"",
    "'password' => '§',",
    "services:\n  web:\n    environment:\n      DB_PASSWORD: §\n",
];

const SECRETS: &[&str] = &["q8Zr2LkV9mXw4TnB7cJd5HsF6gPyAeUi3oKvMbQx", "hunter2hunter2", "f7WkPz2RtY", "Tr0ub4dor"];

#[test]
fn secrets_are_masked_wherever_people_write_them() {
    let mut leaks = Vec::new();
    for place in PLACES {
        for secret in SECRETS {
            if place.contains("hooks") && secret.len() < 30 {
                continue; // what is known by its form alone has a length
            }
            let shown = masked(&place.replace('§', secret));
            if shown != place.replace('§', "***") {
                leaks.push(shown);
            }
        }
    }
    assert_eq!(leaks, [""; 0]);
}

#[test]
fn what_is_masked_stays_so() {
    for place in PLACES {
        let once = masked(&place.replace('§', SECRETS[0]));
        assert_eq!(masked(&once), once);
    }
}

#[test]
fn what_is_masked_does_not_depend_on_strings_beside_it() {
    let strings: Vec<_> =
        PLACES.iter().flat_map(|place| [place.replace('§', SECRETS[0]), "it's \"".to_owned()]).collect();
    let together = masked(&strings.join("\0"));
    let apart: Vec<_> = strings.iter().map(|text| masked(text)).collect();
    assert_eq!(together.split('\0').collect::<Vec<_>>(), apart);
}

#[test]
fn secrets_are_masked_in_json_which_stays_json() {
    for place in PLACES {
        for secret in SECRETS.iter().filter(|secret| secret.len() > 20) {
            let text = place.replace('§', secret);
            let json = serde_json::json!({ "a": text, "b": ["password=", "it's", 12_345_678, "x"], "c": "TOKEN='" });
            for written in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
                let hidden: serde_json::Value = serde_json::from_str(&masked(&written)).unwrap();
                assert_eq!(hidden["b"], json["b"]);
                assert!(!hidden.to_string().contains(&secret[4..]), "{hidden}");
            }
        }
    }
}

#[test]
fn a_password_with_any_characters_is_masked_whole() {
    for (text, shown) in [
        ("DB_PASS='a b;c&d9'", "DB_PASS='***'"),
        ("password: \"pä$$ wört, 9\"", "password: \"***\""),
        (r#"ENV DB_PASS="a\"b\\9""#, r#"ENV DB_PASS="***""#),
        (r#"{"password":"a\"b,9c"}"#, r#"{"password":"***"}"#),
        (r#"{"a":"{\"password\":\"a\\\"b,9c\"}"}"#, r#"{"a":"{\"password\":\"***\"}"}"#),
        ("(echo hunter2; echo hunter2) | passwd root", "(echo ***) | passwd root"),
        ("PASSWORD=a,b{9}c\nB=1", "PASSWORD=***\nB=1"),
        ("AccountKey=/q8Zr2LkV9mXw4+TnB7cJd5HsF6gPyAeUi3oKvMbQx==;a", "AccountKey=***;a"),
    ] {
        assert_eq!(masked(text), shown);
    }
}

#[test]
fn a_private_key_in_base64_is_masked_and_a_certificate_is_not() {
    let key = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpxOFpyMkxrVjltWHc0VG5CN2NKZDVIc0Y2Z1B5QWVVaTNvS3ZNYlF4";
    assert_eq!(masked(&format!("DATA={key}")), "DATA=LS0tLS1CRUdJTi***");
    let certificate = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCnE4WnIyTGtWOW1YdzRUbkI3Y0pkNUhzRjZnUHlBZVVpM29Ldk1iUXg";
    assert_eq!(masked(certificate), certificate);
}

#[test]
fn ordinary_text_stays() {
    let changed = [
        "docker run -p 8080:80 nginx",
        "docker login -u me --password-stdin && mkdir -p dir && docker run -p 8080:80 nginx",
        "mkdir -p dir",
        "pip -p",
        "password: str",
        "password: string",
        "password?: string | undefined;",
        "def login(password: str, token: Optional[str] = None) -> bool:",
        "fn login(password: &str, token: String, key: u256)",
        "docker run -u node -w /app node:22",
        "docker run --user 1000:1000 node:22",
        "COPY --chown=node:node . /app",
        "curl -u \"$USER:$PASS\" https://example.org",
        "curl -u $USER:${PASS} https://example.org",
        "token: ${{ secrets.X }}",
        "tokenizer=bert",
        "DB_PASS=${DB_PASS} TOKEN=$TOKEN SECRET=",
        "DB_PASS: ${DB_PASS:?required}",
        "DB_PASSWORD=changeme",
        "{{ .Values.password }} password: {{ .Values.password2 }}",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer <token>",
        "f\"Authorization: Bearer {token}\"",
        "\"Authorization\": \"Bearer \" + token1",
        "Basic authentication needs a bearer token of some length.",
        "The login form has a password field: password required.",
        "Use `--password` to set it; --token is required.",
        "password = os.environ[\"PASSWORD1\"]",
        "token = config.token2",
        "const password = process.env.DB_PASS_2;",
        "token = next_token(lexer1)",
        "password=password, token=token2",
        "mysql -u root -p shop",
        "mysql -p\"$MYSQL_ROOT_PASSWORD\" shop",
        "echo \"root:$ROOT_PASS\" | chpasswd",
        "echo root:x:0:0 | tee -a /etc/passwd",
        "echo 'hello 123 world' | tee /etc/motd",
        "machine $HOST login $USER password $PASS",
        "ssh -p 2222 me@host",
        "aws configure set region eu-west-1",
        "git config --global user.name Me2",
        "compass: north1, bypass: lane1",
        "max_tokens=4096 MAX_TOKEN=4096",
        "PASSWORD_FILE=/run/secrets/db1 TOKEN=/run/secrets/token1",
        "postgres://postgres:postgres@db/x",
        "postgres://user:password@db/x",
        "postgres://app:$PASS@db/x",
        "eos_token=\"</s>\", pad_token='[PAD]'",
        "\"password\": \"Enter your password\"",
        "\"home/.aws/credentials\": \"[default] 1\\n\", \"@esfx/canceltoken\": \"^1.0.0\", \"minipass\": \"^7.0.4\"",
        "token = call.credentials(x), secret = crate::KEY1",
        "cache-key: v1-deps-12345678",
        "<password> password: <password> --password=<your-password>",
    ]
    .into_iter()
    .filter(|text| masked(text) != *text);
    assert_eq!(changed.collect::<Vec<_>>(), [""; 0]);
}

#[test]
/// So long that they would take minutes if each place led to a look at all that follows.
fn hostile_texts_take_linear_time() {
    for part in [
        "\"",
        "'",
        "\\\"",
        "\\",
        "\" '",
        "'\" \\\"",
        "curl -u ",
        "curl -u \"",
        "login -p \"a ",
        "echo a|",
        "echo a;",
        "echo ",
        "password ",
        "machine a password ",
        "password=\"",
        "password:'",
        "PASS=",
        "=:",
        "é",
        "::::",
        "Bearer ",
        "a:\" '",
        "-pa\"",
        "\\\\\\n",
        "PASS=\\",
        "-",
        "--password ",
        "mysql ",
        "ü\\\\\"",
        "\\\"\\",
        "x\\\"",
        "a \\'",
    ] {
        let _ = masked(&part.repeat(200_000 / part.len()));
    }
}
