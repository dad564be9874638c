//! A real set of drawings, where the machine has it.

use std::io::Write as _;
use std::path::Path;

use enginus_tests::{Device, FOLDERS, PATIENCE_MS, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_set_of_drawings_is_read_from_its_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/east-dormitory");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let _ = writeln!(std::io::stderr(), "skipped: there is no {}", folder.display());
        return;
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pdf"));
    files.sort();
    assert_eq!(files.len(), 23);

    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    owner.add(FOLDERS[1], &files).await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&owner.invite("contractor", &[]).await).await;
    let register = contractor.register().await;
    assert_eq!(register, owner.register().await);
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy();
        let (number, rest) = name.split_once('_').unwrap();
        let (title, revision) = rest.rsplit_once('-').unwrap();
        let found: Vec<_> = register.iter().filter(|document| document.listing.number == number).collect();
        assert_eq!(found.len(), 1, "{number}");
        assert_eq!(found[0].listing.title, title);
        assert_eq!(format!("{}.pdf", found[0].listing.revision), revision);
        assert_eq!(contractor.get(number, None, PATIENCE_MS).await.unwrap(), std::fs::read(path).unwrap(), "{number}");
    }
    owner.close().await;
    contractor.close().await;
}
