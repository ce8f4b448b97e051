//! As much of S3 as the server needs, on loopback, and able to fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::http::Method;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use parking_lot::Mutex;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Works,
    /// Every request is answered with 500.
    Fails,
    /// Every request is sent on to a place that counts who comes.
    Redirects,
}

/// What the bucket holds, and what was done to it.
pub struct Bucket {
    pub objects: Mutex<BTreeMap<String, Bytes>>,
    pub mood: Mutex<Mood>,
    /// Requests that followed a redirect.
    pub astray: AtomicUsize,
    /// Requests that were not signed with the access key `key`.
    pub unsigned: AtomicUsize,
}

/// The service; it ends when dropped.
pub struct FakeS3 {
    pub bucket: Arc<Bucket>,
    pub url: String,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl FakeS3 {
    pub fn start() -> FakeS3 {
        let bucket = Arc::new(Bucket {
            objects: Mutex::default(),
            mood: Mutex::new(Mood::Works),
            astray: AtomicUsize::new(0),
            unsigned: AtomicUsize::new(0),
        });
        let (tell, told) = std::sync::mpsc::channel();
        let data = Data::from(Arc::clone(&bucket));
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || App::new().app_data(data.clone()).default_service(web::to(answer));
                let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0");
                let server = server.expect("a port");
                let address = server.addrs()[0];
                let server = server.run();
                tell.send((address, server.handle())).expect("the test listens");
                server.await.expect("a server");
            });
        });
        let (address, server) = told.recv().expect("a server");
        FakeS3 { bucket, url: format!("http://{address}"), server, thread: Some(thread) }
    }

    /// What a node needs to keep its pictures here.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        vec![
            ("KINDRED_AVATARS__STORE", "s3"),
            ("KINDRED_AVATARS__S3_ENDPOINT", &self.url),
            ("KINDRED_AVATARS__S3_BUCKET", "pictures"),
            ("KINDRED_AVATARS__S3_ACCESS_KEY_ID", "key"),
            ("KINDRED_AVATARS__S3_SECRET_ACCESS_KEY", "hunter2-Canary"),
            ("NO_PROXY", "127.0.0.1"),
        ]
    }

    pub fn feels(&self, mood: Mood) {
        *self.bucket.mood.lock() = mood;
    }

    pub fn keys(&self) -> Vec<String> {
        self.bucket.objects.lock().keys().cloned().collect()
    }
}

impl Drop for FakeS3 {
    fn drop(&mut self) {
        // Sending the order is all that the future does.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(request: HttpRequest, bucket: Data<Bucket>, body: Bytes) -> HttpResponse {
    if request.path().starts_with("/elsewhere") {
        bucket.astray.fetch_add(1, Ordering::Relaxed);
        return HttpResponse::Ok().finish();
    }
    match *bucket.mood.lock() {
        Mood::Works => {}
        Mood::Fails => return HttpResponse::InternalServerError().finish(),
        Mood::Redirects => {
            return HttpResponse::TemporaryRedirect().insert_header(("Location", "/elsewhere")).finish();
        }
    }
    let signature = request.headers().get("Authorization").and_then(|value| value.to_str().ok());
    if !signature.is_some_and(|value| value.starts_with("AWS4-HMAC-SHA256 Credential=key/")) {
        bucket.unsigned.fetch_add(1, Ordering::Relaxed);
    }
    let Some(key) = request.path().strip_prefix("/pictures/").filter(|key| !key.is_empty()) else {
        return list(&bucket);
    };
    let mut objects = bucket.objects.lock();
    match *request.method() {
        Method::PUT => {
            objects.insert(key.to_owned(), body);
            HttpResponse::Ok().insert_header(("ETag", "\"1\"")).finish()
        }
        Method::DELETE => {
            objects.remove(key);
            HttpResponse::NoContent().finish()
        }
        _ => match objects.get(key) {
            Some(object) => HttpResponse::Ok()
                .insert_header(("ETag", "\"1\""))
                .insert_header(("Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"))
                .body(object.clone()),
            None => HttpResponse::NotFound().finish(),
        },
    }
}

/// ListObjectsV2: all there is, written a long time ago.
fn list(bucket: &Bucket) -> HttpResponse {
    let contents: String = bucket.objects.lock().iter().map(|(key, object)| entry(key, object)).collect();
    HttpResponse::Ok().content_type("application/xml").body(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>pictures</Name>\
         <IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    ))
}

fn entry(key: &str, object: &Bytes) -> String {
    let size = object.len();
    format!(
        "<Contents><Key>{key}</Key><LastModified>2000-01-01T00:00:00.000Z</LastModified>\
         <ETag>&quot;1&quot;</ETag><Size>{size}</Size></Contents>"
    )
}
