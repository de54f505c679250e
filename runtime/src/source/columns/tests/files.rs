//! Files, by the thread that reads them.

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
        .map(|id| format!("{{\"id\":\"{id}\",\"account\":\"A\",\"time\":{id},\"kind\":\"sms\",\"x\":{id}}}\n"))
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
    for chunk in Chunks::of_size(&program.schema, vec![input], size) {
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

#[test]
fn inputs_come_in_their_order_and_an_error_ends_them() {
    let program = program();
    let json = file("a.ndjson", many(0, 1_000).as_bytes());
    let rows = file("b.csv", b"id,account,time,kind\n1,A,0,sms\n");
    let inputs = [json, rows, "/nowhere/u.csv".into(), file("c.ndjson", b"{}")].map(Input::File);
    let mut chunks = Chunks::of_size(&program.schema, inputs.to_vec(), 10_000);
    let mut names: Vec<String> = Vec::new();
    let error = chunks.by_ref().find_map(|chunk| match chunk {
        Ok(chunk) => {
            names.push(chunk.file.rsplit('/').next().unwrap_or("").to_owned());
            None
        }
        Err(error) => Some(error.to_string()),
    });
    names.dedup();
    assert_eq!(names, ["a.ndjson", "b.csv"]);
    assert_eq!(error.as_deref(), Some("/nowhere/u.csv: there is no such file"));
    assert!(chunks.next().is_none());
}

#[test]
fn a_reader_whose_chunks_nobody_wants_ends() {
    let path = file("long.ndjson", many(0, 50_000).as_bytes());
    let mut chunks = Chunks::of_size(&program().schema, vec![Input::File(path)], 1_000);
    assert!(chunks.next().is_some_and(|chunk| chunk.is_ok()));
}
