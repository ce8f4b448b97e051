//! The tour runs as it stands: its shell blocks as one bash script, against a node of the test's own.

use std::process::{Command, Stdio};

use super::markdown::{Block, blocks, read};
use crate::support::backend::{Backend, Env};

const HEADING: &str = "## Five minutes with curl";
/// Where the tour says that the server is, and what it calls these places.
const ADDRESSES: [(&str, &str); 2] =
    [("KINDRED", "http://127.0.0.1:8080"), ("OPERATIONS", "http://127.0.0.1:9464")];
/// Printed between two blocks of the tour.
const MARK: &str = "--- end of block";

/// A block of the tour and what the README says that it prints.
struct Step {
    script: String,
    expected: Option<String>,
}

fn steps(blocks: Vec<Block>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks {
        match (block.language.as_str(), steps.last_mut()) {
            ("sh", _) => steps.push(Step { script: block.text, expected: None }),
            ("text", Some(step)) => step.expected = Some(block.text),
            (other, _) => panic!("a block of {other:?} in the tour"),
        }
    }
    steps
}

/// Whether `line` is `pattern`, in which `…` stands for anything.
fn matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[track_caller]
fn assert_prints(step: &Step, printed: &str) {
    let expected = step.expected.as_deref().unwrap_or_default();
    let (wanted, lines): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
    let same = wanted.len() == lines.len()
        && wanted.iter().zip(&lines).all(|(pattern, line)| matches(pattern, line));
    assert!(same, "{}\nshould print\n{expected}\nbut prints\n{printed}", step.script);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_does_what_it_says() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&[]).await;
    let steps = steps(blocks(&read("README.md"), HEADING));
    assert!(steps.len() > 10, "the tour has only {} blocks", steps.len());

    let mut script = String::from("set -euo pipefail\n");
    for step in &steps {
        script.extend([&step.script, "echo '", MARK, "'\n"]);
    }
    for ((variable, address), real) in ADDRESSES.iter().zip([node.base_url(), node.ops_url()]) {
        let assignment = format!("{variable}={address}\n");
        assert_eq!(script.matches(address).count(), 1, "the tour says {address} once");
        assert!(script.contains(&assignment), "the tour defines {variable}");
        script = script.replace(&assignment, &format!("{variable}={real}\n"));
    }
    let run = move || Command::new("bash").arg("-c").arg(script).stdin(Stdio::null()).output();
    let output = tokio::task::spawn_blocking(run).await.expect("no panic").expect("bash starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    assert_eq!(stderr, "", "nothing is wrong on the way");

    let printed: Vec<&str> = stdout.split(&format!("{MARK}\n")).collect();
    assert_eq!(printed.len(), steps.len() + 1);
    for (step, printed) in steps.iter().zip(printed) {
        assert_prints(step, printed);
    }
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(matches("a…c", "abc") && matches("…", "") && matches("a…b…", "axbx") && matches("ab", "ab"));
    assert!(!matches("a…c", "abd") && !matches("a", "ab") && !matches("a…x…b", "ab"));
}
