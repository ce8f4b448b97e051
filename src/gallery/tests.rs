use std::time::{Duration, SystemTime};

use super::*;
use crate::config::S3;

fn gallery(data_dir: &Path) -> Gallery {
    let s3 = S3 {
        endpoint: None,
        region: String::new(),
        bucket: None,
        access_key_id: None,
        secret_access_key: None,
    };
    let config = Avatars { store: AvatarStore::File, max_bytes: 10, max_side: 16, s3 };
    Gallery::open(&config, data_dir).unwrap()
}

#[tokio::test]
async fn a_users_objects_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = gallery(folder.path());
    let (user, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for key in [format!("{user}/a.png"), format!("{user}/b.jpg"), format!("{other}/a.png")] {
        gallery.put(&key, b"x".to_vec()).await.unwrap();
    }
    assert_eq!(gallery.delete_all(user).await.unwrap(), 2);
    assert!(matches!(gallery.get(&format!("{user}/a.png")).await, Err(GalleryError::Missing)));
    assert!(gallery.get(&format!("{other}/a.png")).await.is_ok());
    assert!(!folder.path().join("avatars").join(user.to_string()).exists(), "not even the folder is left");
    assert_eq!(gallery.delete_all(user).await.unwrap(), 0, "none is fine");
}

#[tokio::test]
async fn only_old_objects_of_users_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = gallery(folder.path());
    let key = format!("{}/a.png", Uuid::from_u128(1));
    for key in [key.as_str(), "incoming/x", "notes.txt"] {
        gallery.put(key, b"x".to_vec()).await.unwrap();
    }
    let written = Timestamp::from_unix_seconds(1_000_000);
    for file in [key.as_str(), "incoming/x", "notes.txt"] {
        let file = std::fs::File::options().write(true).open(folder.path().join("avatars").join(file));
        file.unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)).unwrap();
    }
    assert_eq!(gallery.older_than(written).await.unwrap(), Vec::<String>::new());
    let later = written.plus(Duration::from_secs(1));
    assert_eq!(gallery.older_than(later).await.unwrap(), [key]);
}

#[tokio::test]
async fn an_upload_leaves_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = gallery(folder.path());
    let mut upload = gallery.receive().await.unwrap();
    upload.write(b"12345").await.unwrap();
    upload.write(b"67890").await.unwrap();
    assert!(matches!(upload.write(b"1").await, Err(IncomingError::TooLarge)));
    let incoming = folder.path().join("avatars/incoming");
    assert_eq!(std::fs::read_dir(&incoming).unwrap().count(), 0);
    let mut content = String::new();
    std::io::Read::read_to_string(&mut upload.finish().await.unwrap(), &mut content).unwrap();
    assert_eq!(content, "1234567890");
}

#[test]
fn its_folders_are_for_the_server_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    gallery(folder.path());
    let mode = std::fs::metadata(folder.path().join("avatars")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
