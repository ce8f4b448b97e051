//! What a connection to PostgreSQL relies on is read back: what cannot be had is refused with the reason.

use crate::fault::refusal::refusal;
use crate::support::backend::{Backend, Env};
use crate::support::postgres::psql;
use crate::support::sql::sql;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_another_encoding_is_refused() {
    let env = Env::new(Backend::Postgres).await;
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let (server, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
        let name = format!("{database}_{}", encoding.to_lowercase());
        psql(
            &format!("{server}/postgres"),
            &format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"),
        );
        let mut setup = env.setup(&[]);
        setup.database_url = format!("{server}/{name}");
        let message = refusal(&setup);
        assert!(message.contains(&format!("the encoding of the database is {encoding}")), "{message}");
        psql(&format!("{server}/postgres"), &format!("DROP DATABASE {name}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_reads_is_refused() {
    let env = Env::new(Backend::Postgres).await;
    let (_, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
    sql(&env, &format!("ALTER DATABASE {database} SET default_transaction_read_only = on"));
    let message = refusal(&env.setup(&[]));
    assert!(message.contains("the server only reads"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn defaults_of_the_database_give_way() {
    let env = Env::new(Backend::Postgres).await;
    let (_, database) = env.database_url().rsplit_once('/').expect("a database in the URL");
    for setting in [
        "default_transaction_isolation = 'serializable'",
        "synchronous_commit = off",
        "client_encoding = 'LATIN1'",
    ] {
        sql(&env, &format!("ALTER DATABASE {database} SET {setting}"));
    }
    let node = env.node(&[]).await;
    let client = node.client();
    let user = client.signed_in().await;
    assert_eq!(client.refresh(&user.refresh, None).await.status, 200);
}
