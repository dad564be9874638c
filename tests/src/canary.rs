//! A word that is planted in everything a person can say, and the search for it.

use enginus_engine::api::{Command, FileToAdd};
use memchr::memmem::Finder;

use crate::{Device, Stage};

/// Planted; long and rare enough that chance does not write it.
const CANARY: &str = "QUETZALCOATLUS";

/// A device whose person, project and documents say nothing but the canary; it is online or not, and has nobody to exchange with yet.
pub async fn speaker(stage: &Stage, buckets: &[String]) -> Device {
    let owner = Device::open(&stage.path("home of the canary"), false).await;
    let organisation = Some(format!("{CANARY}COMPANY"));
    let init = Command::Init { name: format!("{CANARY}PERSON"), organisation, email: Some(format!("{CANARY}MAIL@x")) };
    owner.ask(init).await.unwrap();
    owner.create(&format!("{CANARY}PLANT"), buckets).await.unwrap();
    // One small file, and one whose content fills several chunks and would compress well.
    let content = format!("{CANARY}CONTENT again and again\n");
    let small = stage.file(&format!("{CANARY}FILE small.txt"), content.as_bytes());
    let large = stage.file(&format!("{CANARY}FILE large.txt"), content.repeat(120_000).as_bytes());
    for (path, number) in [(small, "1"), (large, "2")] {
        let file = FileToAdd {
            path,
            subfolder: format!("{CANARY}SUBFOLDER"),
            number: Some(format!("{CANARY}NUMBER-{number}")),
            title: Some(format!("{CANARY}TITLE")),
            fields: vec![(format!("{CANARY}FIELD"), format!("{CANARY}NOTE"))],
            ..FileToAdd::default()
        };
        let (folder, reason) = ("Projects".to_owned(), format!("{CANARY}REASON"));
        owner.ask(Command::DocAdd { project: None, folder, files: vec![file], reason }).await.unwrap();
    }
    owner
}

/// The ways a text may stand in bytes: as it is, in small letters, in UTF-16, in hex, in base64 at any of the three offsets.
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

/// Where the canary stands in these bytes, and how it is spelt there.
#[must_use]
pub fn heard_in(bytes: &[u8]) -> Option<(usize, String)> {
    let mut spellings = spellings(CANARY).into_iter();
    spellings.find_map(|spelling| {
        let at = Finder::new(&spelling).find(bytes)?;
        Some((at, String::from_utf8_lossy(&spelling).into_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_every_spelling() {
        for text in ["..QUETZALCOATLUSTITLE..".to_owned(), base64(b"ab QUETZALCOATLUS c"), base64(b"abQUETZALCOATLUS")]
        {
            assert!(heard_in(text.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(heard_in(b"something else"), None);
        for spelling in spellings(CANARY) {
            assert!(heard_in(&[b"before ", &spelling[..], b" after"].concat()).is_some());
        }
    }
}
