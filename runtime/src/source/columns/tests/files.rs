//! Files, cut into chunks.

use super::*;
use crate::source::Input;
use std::io::Write;
use std::path::PathBuf;

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("florin-columns-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn many(from: usize, to: usize) -> String {
    (from..to)
        .map(|id| {
            format!("{{\"id\":\"{id}\",\"account\":\"A\",\"time\":1772323{id:06},\"kind\":\"sms\",\"x\":{id}}}\n")
        })
        .collect()
}

/// Both readers over the same file.
fn check_file(path: PathBuf, size: usize) -> Outcomes {
    let program = program();
    let input = Input::File(path);
    let stream = input.open().expect("a file");
    let expected = strict_of(program, None, stream, input.format());
    let dictionary = Dictionary::of(program);
    let mut parser = ChunkParser::new(program, &dictionary, None);
    let mut found = Outcomes::default();
    let stream = input.open().expect("a file");
    for chunk in Cutter::new(&input.name(), input.format(), &program.schema.wire.id, stream, size) {
        add(&mut found, program, &dictionary, parser.parse(&chunk.expect("a chunk")));
    }
    assert!(found == expected, "{:?} {:?}", found.rejects, expected.rejects);
    found
}

#[test]
fn gzip_of_several_members_is_one_file() {
    let members = [gzip(many(0, 3_000).as_bytes()), gzip(many(3_000, 5_000).as_bytes())].concat();
    assert_eq!(check_file(file("members", &members), 10_000).records.len(), 5_000);
}

#[test]
fn what_came_before_a_cut_or_a_damage_stands() {
    let whole = gzip(many(0, 20_000).as_bytes());
    for size in [CHUNK_BYTES, 1_000] {
        let cut = check_file(file("cut.ndjson.gz", &whole[..whole.len() / 2]), size);
        assert!(cut.records.len() > 1_000 && cut.rejects.len() == 1);
        let trailer = check_file(file("trailer.ndjson.gz", &whole[..whole.len() - 4]), size);
        assert_eq!((trailer.records.len(), trailer.rejects.len()), (20_000, 1));
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xff);
        assert_eq!(check_file(file("damaged.ndjson.gz", &damaged), size).rejects.len(), 1);
    }
}
