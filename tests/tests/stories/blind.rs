//! Buckets and bundles are blind: nothing a person wrote is in them in clear, in contents or in names.

use enginus_engine::api::{Command, FileToAdd};
use enginus_tests::{Device, PATIENCE_MS, Stage, files_under};

/// Planted in everything a person can say; long and rare enough that chance does not write it.
const CANARY: &str = "QUETZALCOATLUS";

/// The ways a text may stand in bytes: as it is, in UTF-16, in hex, in base64 at any of the three offsets.
fn spellings(word: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut all = vec![word.as_bytes().to_vec(), word.to_ascii_lowercase().into_bytes(), utf16, hex.into_bytes()];
    for shift in 0..3 {
        // The characters at both ends depend on the neighbours.
        let encoded = base64(&[vec![b'x'; shift], word.as_bytes().to_vec()].concat());
        all.push(encoded.as_bytes()[4..encoded.len() - 4].to_vec());
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let value = (0..3).fold(0u32, |value, at| value << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        (0..4).map(move |at| DIGITS[(value >> (18 - 6 * at) & 63) as usize] as char)
    };
    bytes.chunks(3).flat_map(group).collect()
}

fn assert_blind(place: &str, bytes: &[u8]) {
    for spelling in spellings(CANARY) {
        let found = bytes.windows(spelling.len()).position(|window| window == spelling);
        assert!(found.is_none(), "at {found:?} in {place}: {}", String::from_utf8_lossy(&spelling));
    }
}

#[test]
fn the_search_would_find_them() {
    let found = |bytes: &[u8]| std::panic::catch_unwind(|| assert_blind("a test", bytes)).is_err();
    for text in ["..QUETZALCOATLUSTITLE..".to_owned(), base64(b"ab QUETZALCOATLUS c"), base64(b"abQUETZALCOATLUS")] {
        assert!(found(text.as_bytes()), "{text}");
    }
    assert!(!found(b"something else"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_said_is_in_the_bucket_or_in_a_bundle() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("bucket")).unwrap();
    let owner = Device::open(&stage.path("home"), false).await;
    let organisation = Some("QUETZALCOATLUSCOMPANY".to_owned());
    let init = Command::Init {
        name: "QUETZALCOATLUSPERSON".to_owned(),
        organisation,
        email: Some("QUETZALCOATLUSMAIL@x".to_owned()),
    };
    owner.ask(init).await.unwrap();
    owner.create("QUETZALCOATLUSPLANT", &[stage.bucket("bucket")]).await.unwrap();
    let ticket = owner.invite("contractor", &[]).await;
    // One small file, and one whose content fills several chunks and would compress well.
    let small = stage.file("QUETZALCOATLUSFILE small.txt", b"QUETZALCOATLUSCONTENT in clear");
    let large = stage.file("QUETZALCOATLUSFILE large.txt", &b"QUETZALCOATLUSCONTENT again and again\n".repeat(120_000));
    for (path, number) in [(small, "QUETZALCOATLUSNUMBER-1"), (large, "QUETZALCOATLUSNUMBER-2")] {
        let file = FileToAdd {
            path,
            subfolder: "QUETZALCOATLUSSUBFOLDER".to_owned(),
            number: Some(number.to_owned()),
            title: Some("QUETZALCOATLUSTITLE".to_owned()),
            fields: vec![("QUETZALCOATLUSFIELD".to_owned(), "QUETZALCOATLUSFIELD".to_owned())],
            ..FileToAdd::default()
        };
        let (folder, reason) = ("Projects".to_owned(), "QUETZALCOATLUSREASON".to_owned());
        owner.ask(Command::DocAdd { project: None, folder, files: vec![file], reason }).await.unwrap();
    }
    owner.sync_for(PATIENCE_MS).await;
    owner.export(&stage.path("bundle")).await;

    let stored = files_under(&stage.path("bucket"));
    assert!(stored.len() > 10, "the bucket is full: {}", stored.len());
    for path in stored {
        let name = path.strip_prefix(stage.path("bucket")).unwrap().display().to_string();
        assert_blind("a name in the bucket", name.as_bytes());
        assert_blind(&name, &std::fs::read(&path).unwrap());
    }
    assert_blind("the bundle", &std::fs::read(stage.path("bundle")).unwrap());
    // What lies on the person's own disk is sealed too, as far as it is files.
    for path in files_under(&owner.home().join("objects")) {
        assert_blind("the cache", &std::fs::read(&path).unwrap());
    }
    // A ticket is handed over by hand and names the project to its reader, and nothing else.
    assert!(!ticket.contains(&CANARY.to_ascii_lowercase()));
    owner.close().await;
}
