//! A hardware module holds the key-encryption key: SoftHSM2 plays it. Its token is lost before a start, and found again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::data_keys::{free_address, readiness};
use super::sealed::ACTIVE;
use crate::http::cli::{code, run, stderr};
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, PASSWORD};
use crate::support::eventually::eventually;
use crate::support::process::{Node, Setup, command};
use crate::support::sql::rows;

const PIN: &str = "2718281828";

/// A token with a key.
struct Hsm {
    folder: tempfile::TempDir,
}

impl Hsm {
    fn new() -> Hsm {
        let hsm = Hsm { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir(hsm.tokens()).expect("a folder");
        let config = format!("directories.tokendir = {}\nlog.level = ERROR\n", hsm.tokens().display());
        fs::write(hsm.config(), config).expect("a file");
        hsm.util(&["--init-token", "--free", "--label", "kindred", "--pin", PIN, "--so-pin", "31415926"]);
        let key = hsm.folder.path().join("key");
        fs::write(&key, [7; 32]).expect("a file");
        let import = ["--import", key.to_str().expect("UTF-8"), "--aes", "--token", "kindred"];
        hsm.util(&[&import[..], &["--label", "kek", "--id", "01", "--pin", PIN]].concat());
        hsm
    }

    fn tokens(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }

    fn util(&self, arguments: &[&str]) {
        let output =
            Command::new("softhsm2-util").env("SOFTHSM2_CONF", self.config()).args(arguments).output();
        let output = output.expect("the Debian package softhsm2");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The setup of a server whose data keys are wrapped by this module.
    fn setup(&self, env: &Env, more: &[(&str, &str)]) -> Setup {
        let (module, config) = (module(), self.config());
        let settings = [
            ("SOFTHSM2_CONF", config.to_str().expect("UTF-8")),
            ("KINDRED_SECRETS__PKCS11__MODULE", module.to_str().expect("UTF-8")),
            ("KINDRED_SECRETS__PKCS11__TOKEN", "kindred"),
            ("KINDRED_SECRETS__PKCS11__KEY", "kek"),
            ("KINDRED_SECRETS__PKCS11__PIN", PIN),
        ];
        let mut setup = env.setup(&[&settings[..], more].concat());
        setup.environment.retain(|(name, _)| name != ACTIVE);
        setup
    }
}

fn module() -> PathBuf {
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
    let found = places.iter().map(Path::new).find(|path| path.exists());
    found.expect("the Debian package softhsm2").to_owned()
}

async fn start(setup: Setup) -> Node {
    tokio::task::spawn_blocking(move || Node::start(setup)).await.expect("a node")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hardware_module_wraps_the_data_keys_and_may_be_lost_for_a_while() {
    let (env, hsm) = (Env::new(Backend::Sqlite).await, Hsm::new());
    let mut node = start(hsm.setup(&env, &[])).await;
    let user = node.client().signed_in().await;
    assert_eq!(rows(&env, "SELECT state FROM data_keys"), ["active", "active"]);
    node.kill_9();

    // A wrong PIN is tried once, so that the token does not lock.
    let wrong = hsm.setup(&env, &[("KINDRED_SECRETS__PKCS11__PIN", "1234")]);
    let output = tokio::task::block_in_place(|| run(&wrong, &["keys", "list"]));
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("the PIN is wrong"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("1234"), "{}", stderr(&output));

    // The folder of the token is away when a server starts, and comes back while it waits.
    let away = hsm.folder.path().join("away");
    fs::rename(hsm.tokens(), &away).expect("renamed");
    let public = free_address();
    let setup = hsm.setup(&env, &[("KINDRED_SERVER__LISTEN", &public)]);
    let mut serve = command(&setup);
    let mut child = serve
        .arg("serve")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let client = Client::new(&format!("http://{public}"));
    let refused = eventually("the start waits", async || readiness(&client).await).await;
    assert_eq!((refused.status, refused.code()), (503, "keys_unavailable"), "{refused:?}");
    fs::rename(&away, hsm.tokens()).expect("renamed");
    eventually("the token is found again", async || {
        readiness(&client).await.filter(|answer| answer.status == 200)
    })
    .await;
    child.kill().and_then(|()| child.wait()).expect("it is killed");

    let node = start(hsm.setup(&env, &[])).await;
    node.client().refresh(&user.refresh, None).await.assert_status(200);
    node.client().login(&user.email, PASSWORD).await.assert_status(200);
}
