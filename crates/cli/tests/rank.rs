//! `guildhall he rank`: every step on files, and the line that tells a program without it where to get it.

use std::path::Path;
use std::process::{Command, Output};

fn guildhall(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guildhall")).current_dir(folder).args(args).output().expect("runs")
}

#[cfg(not(feature = "tfhe"))]
#[test]
fn without_the_feature_one_line_says_how_to_get_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = guildhall(folder.path(), &["he", "rank", "keygen", "--out", "keys"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("C1005") && text.contains("--features tfhe"), "{text}");
}

#[cfg(feature = "tfhe")]
mod with_the_feature {
    use super::*;
    use std::fs;

    const MEMBERS: [(&str, &str); 3] = [("bakery", "9"), ("florist", "3"), ("grocer", "9")];

    fn ok(folder: &Path, args: &[&str]) -> String {
        let output = guildhall(folder, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn code(folder: &Path, args: &[&str], exit: i32, code: &str) {
        let output = guildhall(folder, args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {text}");
        assert!(text.contains(code), "{args:?}: {text}");
    }

    /// Identities and the comparison's file.
    fn prepared(folder: &Path) {
        let key = |name: &str| ok(folder, &["-q", "he", "rank", "identity", "--out", &format!("{name}.identity")]);
        let (opener, evaluator) = (key("opener"), key("evaluator"));
        let mut text = format!(
            "title = \"Margin\"\nlargest = 15\nopen = [\"median\", \"largest\"]\nopener = {:?}\nevaluator = {:?}\n",
            opener.trim(),
            evaluator.trim()
        );
        for (name, _) in MEMBERS {
            text += &format!("[[member]]\nname = {name:?}\nkey = {:?}\n", key(name).trim());
        }
        fs::write(folder.join("c.toml"), text).expect("written");
    }

    fn encrypt(folder: &Path, name: &str, figure: &str, out: &str) -> String {
        let identity = format!("{name}.identity");
        let key = "keys/encryption.key";
        let args = ["-q", "he", "rank", "encrypt", "c.toml", "--identity", &identity, "--key", key];
        ok(folder, &[&args[..], &["--figure", figure, "--out", out]].concat())
    }

    fn evaluate(folder: &Path, out: &str, figures: &[&str]) {
        let args = ["-q", "he", "rank", "evaluate", "c.toml", "--identity", "evaluator.identity"];
        ok(folder, &[&args[..], &["--key", "keys/evaluation.key", "--out", out], figures].concat());
    }

    #[test]
    fn members_learn_their_places_and_everybody_the_median() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        prepared(folder);
        let keygen = ["he", "rank", "keygen", "c.toml", "--out", "keys", "--identity"];
        code(folder, &[&keygen[..], &["bakery.identity"]].concat(), 7, "C1002");
        fs::remove_dir(folder.join("keys")).expect("nothing in it");
        ok(folder, &[&keygen[..], &["opener.identity"]].concat());
        for (name, figure) in MEMBERS {
            encrypt(folder, name, figure, "sent");
        }
        let figures = ["sent/grocer.figure", "sent/bakery.figure", "sent/florist.figure"];
        evaluate(folder, "results", &figures);
        let open = ["he", "rank", "open", "c.toml", "--key", "keys/opening.key"];
        let opened = ok(folder, &[&open[..], &["results"]].concat());
        let value: serde_json::Value = serde_json::from_str(&opened).expect("JSON");
        assert_eq!(value["order_statistics"][0]["figure"], 9);
        assert_eq!(value["order_statistics"][1]["name"], "largest");
        fs::write(folder.join("opened.json"), &opened).expect("written");
        let place = |name: &str| {
            let pads = format!("sent/{name}.pads");
            ok(folder, &["he", "rank", "place", "c.toml", "--pads", &pads, "opened.json"])
        };
        assert_eq!(place("bakery"), "Margin: rank 1 of 3, counted from the largest (0 larger, 1 smaller, 1 equal)\n");
        assert_eq!(place("florist"), "Margin: rank 3 of 3, counted from the largest (2 larger, 0 smaller)\n");

        // The same results again, but no others.
        ok(folder, &[&open[..], &["results"]].concat());
        encrypt(folder, "bakery", "1", "second");
        evaluate(folder, "other", &["second/bakery.figure", figures[0], figures[2]]);
        code(folder, &[&open[..], &["other"]].concat(), 6, "C1004");
        refusals(folder, &figures);
    }

    fn refusals(folder: &Path, figures: &[&str]) {
        let evaluate = ["he", "rank", "evaluate", "c.toml", "--identity", "evaluator.identity", "--key"];
        let start = [&evaluate[..], &["keys/evaluation.key", "--out", "new"]].concat();
        code(folder, &[&start[..], &figures[..2]].concat(), 5, "C1006");
        code(folder, &[&start[..], figures, &figures[..1]].concat(), 3, "C1001");
        code(folder, &[&start[..], &["keys/encryption.key"]].concat(), 7, "C1002");
        let encrypt = ["he", "rank", "encrypt", "c.toml", "--key", "keys/encryption.key", "--out", "x", "--figure"];
        code(folder, &[&encrypt[..], &["16", "--identity", "bakery.identity"]].concat(), 3, "C1001");
        code(folder, &[&encrypt[..], &["1", "--identity", "opener.identity"]].concat(), 4, "C1003");
        assert!(!folder.join("new").exists());
    }
}
