use proptest::prelude::*;

use super::*;

fn bundle(records: &[Record]) -> Vec<u8> {
    let mut writer = BundleWriter::new(Vec::new(), b"genesis").unwrap();
    for record in records {
        match record {
            Record::Envelope(bytes) => writer.envelope(bytes).unwrap(),
            Record::Object { name, bytes } => writer.object(name, bytes).unwrap(),
        }
    }
    writer.finish().unwrap()
}

fn read(file: &[u8]) -> Result<Vec<Record>, BundleError> {
    let mut reader = BundleReader::new(file)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next()? {
        records.push(record);
    }
    assert_eq!(reader.genesis(), b"genesis");
    assert!(matches!(reader.next(), Ok(None)));
    Ok(records)
}

fn object(bytes: &[u8]) -> Record {
    Record::Object { name: Hash::of(bytes), bytes: bytes.to_vec() }
}

fn sample() -> Vec<Record> {
    vec![Record::Envelope(vec![1, 2, 3]), object(b"sealed"), Record::Envelope(vec![]), object(b"")]
}

#[test]
fn records_come_back_in_order() {
    assert_eq!(read(&bundle(&sample())).unwrap(), sample());
    assert_eq!(read(&bundle(&[])).unwrap(), []);
}

#[test]
fn every_cut_is_noticed() {
    let file = bundle(&sample());
    for end in 0..file.len() {
        let error = read(&file[..end]).unwrap_err();
        let expected = if end < 8 { "not an ENGINUS bundle" } else { "cut short" };
        assert!(error.to_string().contains(expected), "cut at {end}: {error}");
    }
}

#[test]
fn every_altered_byte_is_noticed() {
    let file = bundle(&sample());
    for at in 0..file.len() {
        let mut altered = file.clone();
        altered[at] ^= 1;
        match BundleReader::new(altered.as_slice()) {
            Err(_) => {}
            Ok(mut reader) => {
                let outcome = loop {
                    match reader.next() {
                        Ok(Some(_)) => {}
                        other => break other,
                    }
                };
                assert!(outcome.is_err(), "byte {at} was altered and not noticed");
            }
        }
    }
}

#[test]
fn what_follows_the_end_is_noticed() {
    let mut file = bundle(&sample());
    file.push(0);
    assert!(matches!(read(&file), Err(BundleError::Damaged { .. })));
}

#[test]
fn limits_and_names_hold() {
    let mut writer = BundleWriter::new(Vec::new(), b"").unwrap();
    assert!(matches!(writer.object(&Hash([1; 32]), b"x"), Err(BundleError::Damaged { .. })));
    assert!(matches!(writer.envelope(&vec![0; MAX_ENVELOPE_BYTES + 1]), Err(BundleError::TooLarge { .. })));
    assert!(matches!(
        BundleWriter::new(Vec::new(), &vec![0; MAX_GENESIS_BYTES + 1]),
        Err(BundleError::TooLarge { .. })
    ));
    // What was refused left the bundle whole.
    assert!(BundleReader::new(writer.finish().unwrap().as_slice()).unwrap().next().unwrap().is_none());
    // A header that claims a genesis record of 4 GiB costs nothing.
    let lie = [&MAGIC[..], &[1], &[0xFF; 4]].concat();
    assert!(matches!(BundleReader::new(lie.as_slice()), Err(BundleError::TooLarge { .. })));
    let newer = [&MAGIC[..], &[2]].concat();
    assert!(matches!(BundleReader::new(newer.as_slice()), Err(BundleError::NewerVersion { found: 2 })));
    assert!(matches!(BundleReader::new(&b"PK\x03\x04 a zip file"[..]), Err(BundleError::Foreign)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let file = [&MAGIC[..], &[1, 0, 0, 0, 0], &bytes].concat();
        if let Ok(mut reader) = BundleReader::new(file.as_slice()) {
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
