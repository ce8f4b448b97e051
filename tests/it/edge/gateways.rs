//! The configurations of `deploy/`, run by the real programs: what an operator copies works.

use std::fs;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::program::Program;
use super::proxies::{TRUSTED, address};
use crate::browser::jar::Browser;
use crate::support::backend::{Backend, Env};
use crate::support::client::{Client, send, unique_email};
use crate::support::eventually::eventually;
use crate::support::process::Node;
use crate::support::reply::Reply;

/// A host name without https, for which passkeys are allowed.
const HOST: &str = "localhost";
const SETTINGS: [(&str, &str); 2] = [TRUSTED, ("KINDRED_SERVER__PUBLIC_URL", "http://localhost")];

/// An application that answers with the head of the request that it got.
async fn application() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
                while !head.windows(4).any(|part| part == b"\r\n\r\n") {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => return,
                        Ok(read) => head.extend_from_slice(&buffer[..read]),
                    }
                }
                let begin =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", head.len());
                let _ = stream.write_all(&[begin.as_bytes(), &head].concat()).await;
            });
        }
    });
    port
}

fn file(name: &str) -> String {
    let text = fs::read_to_string(format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR")));
    text.expect("a configuration").replace("auth.example.com", HOST)
}

fn nginx(node: &Node, application: u16) -> Program {
    Program::start(&["nginx", "-e", "stderr", "-c"], |folder, port| {
        let folder = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
            .collect();
        let kept = file("nginx/kindred.conf")
            .replace("127.0.0.1:8080", address(node))
            .replace("127.0.0.1:3000", &format!("127.0.0.1:{application}"))
            .replace("listen 443 ssl http2;", &format!("listen 127.0.0.1:{port};"))
            .replace("/var/log/nginx/kindred.log", &format!("{folder}/access.log"))
            .lines()
            .filter(|line| !line.trim_start().starts_with("ssl_"))
            .collect::<Vec<_>>()
            .join("\n");
        format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\n\
             http {{\n{temporary}{kept}\n}}\n"
        )
    })
}

fn caddy(node: &Node, application: u16) -> Program {
    Program::start(
        &["env", "HOME=/nonexistent", "caddy", "run", "--adapter", "caddyfile", "--config"],
        |folder, port| {
            let site = file("caddy/Caddyfile")
                .replace("127.0.0.1:8080", address(node))
                .replace("127.0.0.1:3000", &format!("127.0.0.1:{application}"))
                .replace("localhost {", &format!("http://localhost:{port} {{\n\tbind 127.0.0.1"))
                .replace(
                    "\tlog {\n",
                    &format!("\tlog {{\n\t\toutput file {}/access.log\n", folder.display()),
                );
            format!(
                "{{\n\tadmin off\n\tpersist_config off\n\tstorage file_system {}\n}}\n{site}",
                folder.display()
            )
        },
    )
}

fn traefik(node: &Node, application: u16) -> Program {
    // It reads files whose names tell their format.
    let start = "cp \"$1\" \"$1.toml\" && exec traefik --configFile \"$1.toml\"";
    Program::start(&["sh", "-c", start, "traefik"], |folder, port| {
        let dynamic = file("traefik/dynamic.yaml")
            .replace("127.0.0.1:8080", address(node))
            .replace("127.0.0.1:3000", &format!("127.0.0.1:{application}"))
            .lines()
            .filter(|line| line.trim() != "tls: {}")
            .collect::<Vec<_>>()
            .join("\n");
        let path = folder.join("dynamic.yaml");
        fs::write(&path, dynamic).expect("a file");
        format!(
            "[entryPoints.websecure]\naddress = \"127.0.0.1:{port}\"\n[providers.file]\nfilename = \"{}\"\n\
             [global]\ncheckNewVersion = false\nsendAnonymousUsage = false\n",
            path.display()
        )
    })
}

/// A client of the proxy, once that leads to the server.
async fn client_of(proxy: &Program) -> Client {
    let client = Client::new(&proxy.url());
    eventually("the proxy leads to the server", async || {
        let reply = send(request(&client, Method::GET, "/.well-known/jwks.json")).await;
        (reply.status == 200).then_some(())
    })
    .await;
    client
}

/// What a browser asks for.
fn request(client: &Client, method: Method, path: &str) -> reqwest::RequestBuilder {
    client.request(method, path).header("Host", HOST)
}

async fn open_page(client: &Client, path: &str, cookies: &str) -> Reply {
    let page = request(client, Method::GET, path).header("Sec-Fetch-Mode", "navigate");
    send(page.header("Cookie", cookies).header("X-Auth-Subject", "someone-else")).await
}

/// A browser in which someone has logged in.
async fn logged_in(node: &Node) -> Browser {
    let mut browser = Browser::new(&node.client(), "http://localhost");
    browser.signed_in().await;
    browser
}

/// Its cookies, and some of the application.
fn cookies(user: &Browser) -> String {
    format!("a=b; kindred_at_v1={}; kindred_rt_v1={}; c=d", user.cookie("at_v1"), user.cookie("rt_v1"))
}

async fn the_application_is_for_people_who_are_logged_in(
    client: &Client,
    user: &Browser,
    strips_cookies: bool,
) {
    let reply = open_page(client, "/a?b=c", &cookies(user)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let head = reply.body.as_str().expect("a head").to_lowercase();
    assert!(head.starts_with("get /a?b=c "), "{head}");
    assert!(head.contains("x-auth-subject: ") && !head.contains("someone-else"), "{head}");
    assert!(head.contains("a=b") && head.contains("c=d") && head.contains("kindred_at_v1"), "{head}");
    assert_eq!(head.contains(&user.cookie("rt_v1").to_lowercase()), !strips_cookies, "{head}");
    // A script gets the 401.
    let reply = send(request(client, Method::POST, "/a").header("Sec-Fetch-Mode", "cors")).await;
    assert_eq!(reply.status, 401, "{reply:?}");
}

async fn a_page_is_sent_to_the_refresh(client: &Client) {
    let reply = open_page(client, "/a?b=c&d=%20e", "kindred_at_v1=expired").await;
    assert_eq!(reply.status, 302, "{reply:?}");
    let location = reply.header("location").expect("a place").to_owned();
    assert!(location.ends_with("/continue?returnTo=/a?b=c&d=%20e"), "{location}");
    let reply = send(request(client, Method::GET, "/continue?returnTo=/a?b=c&d=%20e")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let page = reply.body.as_str().expect("a page");
    assert!(page.contains("data-return-to=\"/a?b=c&#38;d=%20e\""), "{page}");
}

/// The login that `/continue` leads to, and the frame of a CAPTCHA, are Kindred's pages, for everyone.
async fn the_pages_are_reached(client: &Client) {
    let frame = format!("/captcha?action=login&parent=http://{HOST}");
    for (path, script) in [
        ("/continue?returnTo=/a", "app/continue.js"),
        ("/login?returnTo=/a", "app/main.js"),
        ("/account/sessions", "app/main.js"),
        ("/administration", "app/main.js"),
        (frame.as_str(), "captcha/page.js"),
    ] {
        let page = open_page(client, path, "").await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        let html = page.body.as_str().expect("a page");
        let mut addresses = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let address = addresses.find(|address| address.ends_with(script)).expect(script);
        let path = format!("/{}", address.trim_start_matches('/'));
        assert_eq!(send(request(client, Method::GET, &path)).await.status, 200, "{path}");
    }
    let page = open_page(client, "/continue?returnTo=/a", "").await;
    let login = format!("data-login-url=\"http://{HOST}/login?returnTo=%2Fa\"");
    assert!(page.body.as_str().is_some_and(|html| html.contains(&login)), "{page:?}");
}

/// Two access tokens, each of which is valid: Kindred answers 400, and the application is not reached.
async fn an_ambiguous_request_is_refused(client: &Client, users: [&Browser; 2], status: u16) {
    let cookies = users.map(|user| format!("kindred_at_v1={}", user.cookie("at_v1"))).join("; ");
    let reply = open_page(client, "/a", &cookies).await;
    assert_eq!(reply.status, status, "{reply:?}");
}

async fn mails_are_limited_and_refreshes_are_not(client: &Client) {
    let mut refused = 0;
    for _ in 0..12 {
        let forgot = request(client, Method::POST, "/api/v1/auth/password/forgot");
        let reply = send(forgot.json(&json!({"email": unique_email()}))).await;
        assert!([202, 429].contains(&reply.status), "{reply:?}");
        refused += usize::from(reply.status == 429);
    }
    assert!((4..=7).contains(&refused), "{refused} of 12");
    // The forms of pages are counted with them, and looking at one is not.
    let mut forms = Vec::new();
    for _ in 0..4 {
        assert_eq!(open_page(client, "/account/forgot-password", "").await.status, 200);
        forms.push(send(request(client, Method::POST, "/account/forgot-password")).await.status);
    }
    assert!(forms.contains(&429), "{forms:?}");
    for _ in 0..40 {
        for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout"] {
            assert_ne!(send(request(client, Method::POST, path)).await.status, 429, "{path}");
        }
        for path in ["/api/v1/auth/csrf", "/api/v1/auth/verify-token"] {
            assert_ne!(send(request(client, Method::GET, path)).await.status, 429, "{path}");
        }
    }
}

async fn administration_is_reached(client: &Client) {
    let reply = send(request(client, Method::GET, "/api/v1/admin/users")).await;
    reply.assert_problem(401, "token_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_as_delivered() {
    let env = Env::new(Backend::Sqlite).await;
    let mut node = env.node(&SETTINGS).await;
    let (user, other) = (logged_in(&node).await, logged_in(&node).await);
    let application = application().await;
    let proxy = tokio::task::block_in_place(|| nginx(&node, application));
    let client = client_of(&proxy).await;
    the_application_is_for_people_who_are_logged_in(&client, &user, true).await;
    a_page_is_sent_to_the_refresh(&client).await;
    mails_are_limited_and_refreshes_are_not(&client).await;
    administration_is_reached(&client).await;
    the_pages_are_reached(&client).await;
    // `auth_request` knows 401 and 403 only; anything else would be an error 500 of nginx.
    an_ambiguous_request_is_refused(&client, [&user, &other], 403).await;
    let log = fs::read_to_string(proxy.folder().join("access.log")).expect("a log");
    assert!(log.contains("GET /a ") && !log.contains("b=c"), "{log}");
    tokio::task::block_in_place(|| node.terminate());
    let reply = open_page(&client, "/a", &cookies(&user)).await;
    assert_eq!(reply.status, 503, "no one is let in while Kindred is away: {reply:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy_as_delivered() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&SETTINGS).await;
    let (user, other) = (logged_in(&node).await, logged_in(&node).await);
    let application = application().await;
    let proxy = tokio::task::block_in_place(|| caddy(&node, application));
    let client = client_of(&proxy).await;
    the_application_is_for_people_who_are_logged_in(&client, &user, true).await;
    a_page_is_sent_to_the_refresh(&client).await;
    administration_is_reached(&client).await;
    the_pages_are_reached(&client).await;
    an_ambiguous_request_is_refused(&client, [&user, &other], 400).await;
    let log = fs::read_to_string(proxy.folder().join("access.log")).expect("a log");
    assert!(log.contains("\"/a\"") && !log.contains("b=c") && !log.contains(&user.cookie("rt_v1")), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn traefik_as_delivered() {
    let env = Env::new(Backend::Sqlite).await;
    let node = env.node(&SETTINGS).await;
    let (user, other) = (logged_in(&node).await, logged_in(&node).await);
    let application = application().await;
    let proxy = tokio::task::block_in_place(|| traefik(&node, application));
    let client = client_of(&proxy).await;
    the_application_is_for_people_who_are_logged_in(&client, &user, false).await;
    let reply = open_page(&client, "/a?b=c&d=e", "kindred_at_v1=expired").await;
    assert_eq!(reply.status, 401, "{reply:?}");
    let page = reply.body.as_str().expect("a page");
    assert!(page.contains("app/continue.js") && page.contains("localhost/a?b=c&#38;d=e"), "{page}");
    mails_are_limited_and_refreshes_are_not(&client).await;
    administration_is_reached(&client).await;
    the_pages_are_reached(&client).await;
    an_ambiguous_request_is_refused(&client, [&user, &other], 400).await;
}
