//! The cluster itself is tested, since every other test leans on it.

use super::*;

#[test]
fn two_databases_are_apart() {
    let (one, two) = (Cluster::shared().database(), Cluster::shared().database());
    psql(&one, "CREATE TABLE only_here (id int); INSERT INTO only_here VALUES (1), (2)");
    assert_eq!(psql(&one, "SELECT id FROM only_here ORDER BY id"), "1\n2");
    assert_eq!(psql(&two, "SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'"), "0");
    assert_eq!(psql(&one, "SHOW fsync"), "on");
}

#[test]
fn a_dropped_cluster_leaves_nothing() {
    let cluster = Cluster::start();
    let (folder, pid) = (cluster.folder().to_owned(), cluster.pid());
    drop(cluster);
    assert!(!folder.exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn terminated_backends_are_only_those_of_the_database() {
    let (one, two) = (Cluster::shared().database(), Cluster::shared().database());
    let sleeps = |url: &str| {
        Command::new(programs().join("psql"))
            .args(["-d", url, "-c", "SELECT pg_sleep(60)"])
            .stderr(Stdio::null())
            .spawn()
    };
    let (mut ended, mut spared) = (sleeps(&one).unwrap(), sleeps(&two).unwrap());
    let sleeping = |url: &str| {
        psql(url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") == "2"
    };
    wait_until("both connect", || (sleeping(&one) && sleeping(&two)).then_some(()));
    assert_eq!(terminate_backends(&one), 1);
    assert!(!ended.wait().unwrap().success());
    assert!(spared.try_wait().unwrap().is_none());
    spared.kill().and_then(|()| spared.wait()).unwrap();
}
