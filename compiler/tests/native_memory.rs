//! The memory of kernels is freed with them. This test stands alone, since it looks at the memory of its process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.
#![cfg(target_os = "linux")]

use florin_compiler::columns::{Batch, Dictionary};
use florin_compiler::ir::Program;
use florin_compiler::jit::{Kernels, Rung};
use florin_compiler::pipeline::compile;
use florin_compiler::source::NoFiles;

const BOOK: &str = "pricebook b\ncurrency USD \"$\"\ntimezone \"UTC\"\nperiod month\n\
    usage hit {\n  calls : number\n  size : number\n}\n\
    charge calls from hit where calls > 2 {\n  quantity sum(calls * size * $1)\n}\n";

/// How many kernels are made and dropped.
const MANY: usize = 200;
/// How much of the process may change meanwhile for other reasons.
const SLACK_BYTES: usize = 1 << 20;

#[test]
fn the_memory_of_kernels_is_freed() {
    let compiled = compile("b.florin", BOOK, &NoFiles);
    let program = compiled.program.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
    let dictionary = Dictionary::of(&program);
    compile_and_drop(&program, &dictionary);
    let before = executable_bytes();
    (0..MANY).for_each(|_| compile_and_drop(&program, &dictionary));
    let after = executable_bytes();
    assert!(after <= before + SLACK_BYTES, "{before} bytes of code before, {after} after");
    let kept: Vec<Kernels<'_>> = (0..MANY).map(|_| run(&program, &dictionary)).collect();
    assert!(executable_bytes() >= before + MANY * 3 * 4_096, "kernels that live have code");
    drop(kept);
}

fn compile_and_drop(program: &Program, dictionary: &Dictionary) {
    drop(run(program, dictionary));
}

fn run<'p>(program: &'p Program, dictionary: &'p Dictionary) -> Kernels<'p> {
    let kernels = Kernels::new(program, dictionary);
    for rung in [Rung::Narrow, Rung::Wide, Rung::Checked] {
        assert_eq!(kernels.run_at(&Batch::new(program, 0, &[true, true], &[]), rung).rung, rung);
    }
    kernels
}

/// How many bytes of the process hold code.
fn executable_bytes() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the maps of this process");
    let code = maps.lines().filter(|line| line.split_whitespace().nth(1).is_some_and(|rights| rights.contains('x')));
    let bytes = |line: &str| {
        let (from, to) = line.split_whitespace().next()?.split_once('-')?;
        Some(usize::from_str_radix(to, 16).ok()? - usize::from_str_radix(from, 16).ok()?)
    };
    code.filter_map(bytes).sum()
}
