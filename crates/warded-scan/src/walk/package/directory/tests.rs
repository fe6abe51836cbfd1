use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::super::{PackageError, Packing};
use crate::walk::Walked;

/// A zip that hides nothing, in its parts: what is packed, a header for each file, and the end.
struct Parts {
    packed: Vec<u8>,
    headers: Vec<Vec<u8>>,
    end: Vec<u8>,
}

impl Parts {
    fn of(files: &[(&str, &[u8])]) -> Self {
        let mut packed = zipped(files);
        let end = packed.split_off(packed.len() - 22);
        let start = u32::from_le_bytes(*end[16..].first_chunk().unwrap());
        let mut directory = packed.split_off(start as usize);
        let mut headers = Vec::new();
        for (name, _) in files {
            let rest = directory.split_off(46 + name.len());
            headers.push(directory);
            directory = rest;
        }
        assert!(directory.is_empty());
        Self { packed, headers, end }
    }

    fn whole(&self) -> Vec<u8> {
        [&self.packed[..], &self.headers.concat(), &self.end].concat()
    }
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn end(files: u16, size: usize, start: usize) -> Vec<u8> {
    let (size, start) = (u32::try_from(size).unwrap(), u32::try_from(start).unwrap());
    let files = files.to_le_bytes();
    [&b"PK\x05\x06\0\0\0\0"[..], &files, &files, &size.to_le_bytes(), &start.to_le_bytes(), b"\0\0"].concat()
}

fn large(files: u64, size: usize, start: usize) -> Vec<u8> {
    let (files, size, start) =
        (files.to_le_bytes(), (size as u64).to_le_bytes(), (start as u64).to_le_bytes());
    let length = 44_u64.to_le_bytes();
    let record = [b"PK\x06\x06", &length[..], &[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
    [&record[..], &files, &files, &size, &start].concat()
}

fn locator(at: usize) -> Vec<u8> {
    [b"PK\x06\x07\0\0\0\0", &(at as u64).to_le_bytes()[..], &[1, 0, 0, 0]].concat()
}

fn names(archive: &[u8]) -> Result<Vec<String>, PackageError> {
    let mut walked = Walked::default();
    walked.add_package("x", Packing::Zip, archive)?;
    Ok(walked.sources.iter().map(|(path, _)| path.to_str().unwrap().to_owned()).collect())
}

/// Another reader takes it, and sees so many files: this is no mere scrap.
fn is_refused(archive: &[u8], seen: usize) {
    assert_eq!(ZipArchive::new(Cursor::new(archive)).unwrap().len(), seen);
    assert_eq!(names(archive), Err(PackageError::Damaged));
}

const FILES: &[(&str, &[u8])] = &[("good.py", b"x = 1"), ("bad.py", b"y = 1")];

#[test]
fn an_ordinary_zip_is_read() {
    let parts = Parts::of(FILES);
    assert_eq!(names(&parts.whole()).unwrap(), ["x/bad.py", "x/good.py"]);
    assert_eq!(names(&zipped(&[])).unwrap(), [""; 0]);
    // With a comment.
    let mut commented = parts.whole();
    let length = commented.len() - 2;
    commented.splice(length.., *b"\x03\0abc");
    assert_eq!(names(&commented).unwrap().len(), 2);
    // With what a pipe needs, as it was not known how long the file would be.
    let mut zip = ZipWriter::new_stream(Vec::new());
    zip.start_file("a.py", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"x = 1").unwrap();
    assert_eq!(names(&zip.finish().unwrap().into_inner()).unwrap(), ["x/a.py"]);
    // A zip in a zip, as wheels have for tests.
    assert_eq!(names(&zipped(&[("a.py", b""), ("b.zip", &parts.whole())])).unwrap(), ["x/a.py"]);
}

#[test]
fn a_zip_for_large_files_is_read() {
    let Parts { packed, headers, .. } = Parts::of(FILES);
    let headers = headers.concat();
    let (size, start) = (headers.len(), packed.len());
    let at = start + size;
    let mut full = end(0xffff, size, start);
    let whole = |record: &[u8], locator: &[u8], end: &[u8]| {
        names(&[&packed[..], &headers, record, locator, end].concat()).map(|names| names.len())
    };
    let good = large(2, size, start);
    assert_eq!(whole(&good, &locator(at), &full), Ok(2));
    // The end says something else.
    full[12] ^= 1;
    assert_eq!(whole(&good, &locator(at), &full), Err(PackageError::Damaged));
    full[12..20].fill(0xff);
    assert_eq!(whole(&good, &locator(at), &full), Ok(2));
    // The record is elsewhere, has another length, is on another disk, or is for another directory.
    assert_eq!(whole(&good, &locator(at - 1), &full), Err(PackageError::Damaged));
    for changed in [4, 16, 24, 40, 48] {
        let mut record = good.clone();
        record[changed] ^= 1;
        assert_eq!(whole(&record, &locator(at), &full), Err(PackageError::Damaged), "{changed}");
    }
    assert_eq!(whole(&good, &[], &full), Err(PackageError::Damaged));
}

#[test]
fn a_file_that_is_not_counted_is_not_hidden() {
    let Parts { packed, headers, .. } = Parts::of(FILES);
    let headers = headers.concat();
    is_refused(&[&packed[..], &headers, &end(1, headers.len(), packed.len())].concat(), 1);
}

#[test]
fn a_record_that_some_do_not_read_hides_nothing() {
    let Parts { packed, headers, .. } = Parts::of(FILES);
    let all = headers.concat();
    let start = packed.len() + headers[0].len();
    let record = large(2, all.len(), start);
    let locator = locator(start + all.len());
    let end = end(1, headers[0].len(), packed.len());
    is_refused(&[&packed[..], &headers[0], &all, &record, &locator, &end].concat(), 1);
    // That it fits otherwise does not help.
    let end = self::end(2, all.len(), start);
    is_refused(&[&packed[..], &headers[0], &all, &record, &locator, &end].concat(), 2);
}

#[test]
fn an_earlier_end_hides_nothing() {
    let Parts { packed, headers, .. } = Parts::of(FILES);
    let first = end(1, headers[0].len(), packed.len());
    let all = headers.concat();
    let start = packed.len() + headers[0].len() + first.len();
    let whole = |end: &[u8]| [&packed[..], &headers[0], &first, &all, end].concat();
    let last = end(2, all.len(), start);
    assert_eq!(names(&whole(&last)).unwrap().len(), 2);
    for changed in [
        // On another disk.
        4, // A comment that is longer than the rest.
        20,
    ] {
        let mut end = last.clone();
        end[changed] = 1;
        is_refused(&whole(&end), 1);
    }
    // In the comment, or in the directory.
    let comment = [&last[..20], &[22, 0], &first].concat();
    assert_eq!(names(&whole(&comment)), Err(PackageError::Damaged));
    let mut named = headers[1].clone();
    named[32] = 22;
    let all = [&headers[0], &named, &first].map(|part| &part[..]).concat();
    is_refused(&[&packed[..], &all, &end(2, all.len(), packed.len())].concat(), 2);
}

#[test]
fn nothing_stands_around_a_zip() {
    let whole = Parts::of(FILES).whole();
    is_refused(&[b"#!/bin/sh\n", &whole[..]].concat(), 2);
    is_refused(&[&whole[..], b"\0"].concat(), 2);
}

#[test]
fn one_name_twice_is_two_files_for_who_reads_it_otherwise() {
    let Parts { packed, headers, .. } = Parts::of(FILES);
    let mut other = headers[0].clone();
    other[9] ^= 8;
    let all = [&headers[0][..], &other].concat();
    is_refused(&[&packed[..], &all, &end(2, all.len(), packed.len())].concat(), 1);
}

#[test]
fn what_stands_beside_the_names_is_bounded() {
    let Parts { packed, headers, .. } = Parts::of(FILES);
    // Extra fields of nothing, each of which takes room of its own, or a comment: 64 KiB less four bytes.
    let fields = [0x99, 0x99, 0, 0].repeat(0x3fff);
    for (at, aside) in [(30, fields), (32, vec![b' '; 0xfffc])] {
        let mut header = headers[0].clone();
        header[at..at + 2].copy_from_slice(&[0xfc, 0xff]);
        let one = [header, aside].concat();
        let found = |files: u16| {
            let all = one.repeat(files.into());
            super::find(&[&packed[..], &all, &end(files, all.len(), packed.len())].concat())
                .map(|found| found.files)
        };
        assert_eq!(found(256), Ok(256), "{at}");
        assert_eq!(found(257), Err(PackageError::Damaged), "{at}");
    }
}
