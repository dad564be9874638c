//! Bundles: what is cut, altered or extended is noticed, and what is written is read back.

use enginus_model::Hash;
use enginus_sync::bundle::{BundleError, BundleReader, BundleWriter, Record};

use super::from::From;

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    match from.below(2) {
        0 => read(from.rest()).is_ok(),
        _ => written(from),
    }
}

fn read(bytes: &[u8]) -> Result<(Vec<u8>, Vec<Record>), BundleError> {
    let mut reader = BundleReader::new(bytes)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next()? {
        if let Record::Object { name, bytes } = &record {
            assert_eq!(*name, Hash::of(bytes));
        }
        records.push(record);
    }
    assert!(matches!(reader.next(), Ok(None)), "the end stays the end");
    Ok((reader.genesis().to_vec(), records))
}

fn written(mut from: From<'_>) -> bool {
    let genesis = from.bytes().to_vec();
    let Ok(mut writer) = BundleWriter::new(Vec::new(), &genesis) else { return false };
    let mut records = Vec::new();
    for _ in 0..from.below(8) {
        let bytes = from.bytes().to_vec();
        let record = if bytes.len().is_multiple_of(2) {
            writer.envelope(&bytes).unwrap();
            Record::Envelope(bytes)
        } else {
            writer.object(&Hash::of(&bytes), &bytes).unwrap();
            Record::Object { name: Hash::of(&bytes), bytes }
        };
        records.push(record);
    }
    let bundle = writer.finish().unwrap();
    assert_eq!(read(&bundle).unwrap(), (genesis, records));
    let mut altered = bundle.clone();
    from.spoil(&mut altered);
    assert_eq!(read(&altered).is_ok(), altered == bundle, "an altered bundle is not read to its end");
    true
}
