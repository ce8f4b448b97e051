//! The transport `file`: messages as files in a folder, for development and tests.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use serde_json::json;

use super::mail::compose;
use super::{Mail, Mailer, SendError, Sending, Sms, SmsSender};
use crate::file_error::{FileError, create_folder};

/// Writes each mail to `TIME-ID.eml`, atomically and readable by the owner of the process only.
#[derive(Clone, Debug)]
pub struct FileMailer {
    pub folder: PathBuf,
    pub from: Mailbox,
}

impl Mailer for FileMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            // The name does not depend on the attempt, so that a second one replaces the first.
            let name = format!("{:016}-{}.eml", mail.at.as_micros(), mail.id);
            let content = compose(mail, &self.from)?.formatted();
            put(self.folder.clone(), name, content).await
        })
    }
}

/// Writes each SMS to `TIME-ID.json` in the same way.
#[derive(Clone, Debug)]
pub struct FileSmsSender {
    pub folder: PathBuf,
}

impl SmsSender for FileSmsSender {
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(async move {
            let name = format!("{:016}-{}.json", sms.at.as_micros(), sms.id);
            let content = json!({"to": sms.to, "template": sms.template, "text": sms.text});
            put(self.folder.clone(), name, content.to_string().into_bytes()).await
        })
    }
}

async fn put(folder: PathBuf, name: String, content: Vec<u8>) -> Result<(), SendError> {
    let written = tokio::task::spawn_blocking(move || write(&folder, &name, &content)).await;
    let failed = |error: &dyn Display| SendError::Failed(format!("cannot write a message: {error}"));
    match written {
        Ok(written) => written.map_err(|error| failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

fn write(folder: &Path, name: &str, content: &[u8]) -> Result<(), FileError> {
    create_folder(folder)?;
    put_whole(folder, name, content).map_err(|source| FileError::new(&folder.join(name), source))
}

fn put_whole(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let draft = folder.join(format!("{name}.draft"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&draft, folder.join(name))?;
    // The message counts as delivered from here on, so its name must survive a power failure.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::clock::Timestamp;
    use crate::notification::transport::MailContent;

    #[tokio::test]
    async fn a_mail_is_a_file_of_its_owner_and_a_second_attempt_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let mailer =
            FileMailer { folder: folder.path().join("outbox"), from: "K <k@id.example>".parse().unwrap() };
        let mail = Mail {
            id: uuid::Uuid::nil(),
            template: "verify_email",
            at: Timestamp::from_unix_seconds(1),
            to: "ada@example.com".to_owned(),
            content: MailContent {
                subject: "Hello".to_owned(),
                text: "text".to_owned(),
                html: "<p>html</p>".to_owned(),
            },
        };
        mailer.send(&mail).await.unwrap();
        mailer.send(&mail).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(&mailer.folder).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].file_name(), "0000000001000000-00000000-0000-0000-0000-000000000000.eml");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(files[0].path()).unwrap();
        assert!(text.contains("X-Kindred-Template: verify_email\r\n"), "{text}");
        let wrong = Mail { to: "no-address".to_owned(), ..mail };
        assert!(matches!(mailer.send(&wrong).await, Err(SendError::Refused(_))));
    }
}
