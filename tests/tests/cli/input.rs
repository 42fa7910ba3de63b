//! What a user can get wrong before anything is sent: exit code 2, with the input as the user wrote it.

use crate::{Place, ran};

#[test]
fn a_target_that_is_no_url_is_explained() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["run"], &["no target", "proofmark run https://"]),
        (&["plan"], &["no target"]),
        (&["run", "staging.example.com/mcp"], &["the target 'staging.example.com/mcp'", "no scheme", "https://"]),
        (&["run", "localhost:8000/mcp"], &["'localhost:8000/mcp'", "no scheme"]),
        (&["run", "ftp://h/mcp"], &["'ftp://h/mcp'", "ftp:"]),
        (&["run", "https://"], &["host"]),
        (&["run", "http://h:99999/mcp"], &["'http://h:99999/mcp'", "port"]),
        (&["run", "https://h/mcp#here"], &["fragment"]),
        (&["run", "https://h/mcp", "--issuer", "as.example.com"], &["--issuer 'as.example.com'", "no scheme"]),
    ];
    for (arguments, words) in cases {
        ran(arguments).must(2, words);
    }
    let secret = ran(&["run", "https://user:hunter2@h/mcp"]);
    secret.must(2, &["credentials"]);
    assert!(!secret.text().contains("hunter2"));
}

#[test]
fn a_wrong_flag_or_value_is_named_as_it_was_written() {
    let url = "http://127.0.0.1:1/mcp";
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["Usage"]),
        (&["rnu"], &["rnu", "Usage"]),
        (&["run", url, "--tiemout", "1"], &["--tiemout", "--timeout"]),
        (&["run", url, "--jobs", "0"], &["--jobs", "1..=256"]),
        (&["run", url, "--timeout", "soon"], &["--timeout", "soon"]),
        (&["run", url, "--timeout", "0"], &["--timeout", "some time"]),
        (&["run", url, "--timeout=-1"], &["--timeout", "-1 is no number of seconds"]),
        (&["run", url, "--max-wait", "inf"], &["--max-wait", "inf"]),
        (&["run", url, "--spec", "2025-01-01"], &["--spec", "'2025-01-01'", "2025-11-25", "auto"]),
        (&["run", url, "--login", "magic"], &["--login", "magic", "form"]),
        (&["run", url, "--only", "as.nothing.*"], &["--only 'as.nothing.*'", "proofmark list"]),
        (&["run", url, "--skip", "as.pkce.wrong-verifer"], &["--skip", "did you mean as.pkce.wrong-verifier"]),
        (&["demo", "--defect", "ignores-verifer"], &["defect 'ignores-verifer'", "did you mean", "ignores-verifier"]),
        (&["demo", "--defect", "zzz"], &["--list-defects"]),
        (&["explain", "as.pkce.wrong-verifer"], &["'as.pkce.wrong-verifer'", "did you mean as.pkce.wrong-verifier"]),
        (&["explain", "zzzzzzzz"], &["proofmark list"]),
        (&["list", "--format", "yaml"], &["--format", "yaml", "json"]),
    ];
    for (arguments, words) in cases {
        ran(arguments).must(2, words);
    }
}

#[test]
fn a_wrong_configuration_is_shown_with_its_line() {
    let cases: &[(&str, &[&str])] = &[
        (
            "url = \"http://127.0.0.1:1/\"\n[scopes]\nreed = \"x\"\n",
            &["unknown field `reed`", "proofmark.toml:3:1", "write"],
        ),
        ("url = \"http://127.0.0.1:1/\"\njobs = \"many\"\n", &["proofmark.toml:2:8", "u16"]),
        ("url = \n", &["proofmark.toml:1"]),
        ("url = \"ftp://h/\"\n", &["`url` in the configuration 'ftp://h/'"]),
        ("url = \"http://h/\"\nissuer = \"x\"\n", &["`issuer` in the configuration 'x'"]),
        ("url = \"http://h/\"\nspec = \"x\"\n", &["`spec` in the configuration", "'x'"]),
        ("url = \"http://h/\"\n[timing]\nrequest = 0\n", &["`request` of [timing]"]),
        ("url = \"http://h/\"\n[timing]\nleeway = -1\n", &["`leeway` of [timing]", "-1"]),
        ("url = \"http://h/\"\n[client]\nid = \"c\"\n", &["unknown field `client`", "clients"]),
        ("as_only = true\n", &["`as_only` in the configuration", "name it with `issuer`"]),
    ];
    for (text, words) in cases {
        let place = Place::new();
        place.write("proofmark.toml", text);
        place.run(&["run"]).must(2, words);
        assert!(!place.path("proofmark-report").exists(), "nothing was run");
    }
    ran(&["run", "--config", "nowhere.toml"]).must(2, &["nowhere.toml", "cannot be read"]);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_named_before_anything_is_sent() {
    let place = Place::new();
    place.write("taken", "");
    std::fs::create_dir_all(place.path("half/report.html")).expect("a folder");
    for out in ["taken", "taken/below", "half"] {
        let ran = place.run(&["run", "http://127.0.0.1:1/mcp", "--out", out]);
        ran.must(2, &["cannot be written", out, "--out"]);
        assert!(!ran.text().contains("cannot connect"), "{}", ran.text());
    }
}

#[test]
fn what_the_readme_shows_is_a_configuration() {
    let readme = include_str!("../../../README.md");
    let blocks: Vec<_> =
        readme.split("```toml\n").skip(1).map(|rest| rest.split("```").next().expect("a block")).collect();
    assert!(blocks.len() >= 4, "{}", blocks.len());
    for block in blocks {
        let place = Place::new();
        // What it names is not on this machine; a key that is unknown would be told first, with its line.
        let text = if block.contains("url = \"https://staging") {
            block.to_owned()
        } else {
            format!("url = \"http://127.0.0.1:1/\"\n{block}")
        };
        place.write("proofmark.toml", &text);
        let ran = place.run(&["run", "--only", "nothing.at.all"]);
        let said = ran.text();
        assert!(ran.code == Some(2) && !said.contains("proofmark.toml:"), "{block}\n{said}");
    }
}
