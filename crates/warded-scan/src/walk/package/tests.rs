use std::io::{Cursor, Write as _};

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{bounded::Bound, *};
use crate::{Settings, Watch, scan};

const BAD: &str =
    "import jwt\n\ndef read(token, key):\n    return jwt.decode(token, key, algorithms=['RS256'])\n";

/// A header with a name that no builder would write.
fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn gz(unpacked: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(unpacked).unwrap();
    packed.finish().unwrap()
}

fn tarball(files: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, content) in files {
        tar.append(&header(name, *kind, content.len() as u64), *content).unwrap();
    }
    gz(&tar.into_inner().unwrap())
}

fn regular(files: &[(&str, &[u8])]) -> Vec<u8> {
    let files: Vec<_> = files.iter().map(|(name, content)| (*name, EntryType::Regular, *content)).collect();
    tarball(&files)
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn added(packing: Packing, archive: &[u8]) -> Result<Walked, PackageError> {
    let mut walked = Walked::default();
    walked.add_package("npm:@a/b@1.0.0", packing, archive)?;
    Ok(walked)
}

fn sources(walked: &Walked) -> Vec<String> {
    walked.sources.iter().map(|(path, _)| path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_package_is_looked_at_as_a_folder_is() {
    let archive = regular(&[
        ("package/b.js", b"x"),
        ("package/src/a.ts", b"y"),
        ("package/package.json", b"{}"),
        ("package/README.md", b"# z"),
        ("package/.mcp.json", b"{}"),
        ("package/.hidden.js", b"x"),
        ("package/.gitignore", b"*"),
        ("package/node_modules/c/d.js", b"x"),
        ("package/node_modules/c/node_modules/e.js", b"x"),
        ("package/binary.js", b"\0"),
        ("package/latin.js", b"\xff"),
    ]);
    let walked = added(Packing::TarGz, &archive).unwrap();
    assert_eq!(
        sources(&walked),
        ["npm:@a/b@1.0.0/b.js", "npm:@a/b@1.0.0/package.json", "npm:@a/b@1.0.0/src/a.ts"]
    );
    assert_eq!(&*walked.configs[0].path, "npm:@a/b@1.0.0/.mcp.json");
    assert_eq!(walked.left_out, [PathBuf::from("npm:@a/b@1.0.0/node_modules")]);
    let unseen: Vec<_> =
        walked.unseen.iter().map(|unseen| (unseen.path.to_str().unwrap(), unseen.why)).collect();
    assert_eq!(unseen, [("npm:@a/b@1.0.0/binary.js", Why::Binary), ("npm:@a/b@1.0.0/latin.js", Why::Binary)]);
    assert!(walked.places.is_empty());
    let wheel =
        zipped(&[("b/__init__.py", b""), ("b-1.dist-info/METADATA", b""), ("top.py", BAD.as_bytes())]);
    let walked = added(Packing::Zip, &wheel).unwrap();
    // What a wheel says of itself tells which libraries it wants.
    let expected =
        ["npm:@a/b@1.0.0/b/__init__.py", "npm:@a/b@1.0.0/b-1.dist-info/METADATA", "npm:@a/b@1.0.0/top.py"];
    assert_eq!(sources(&walked), expected);
    let scanned = scan(walked, &Settings::default(), &Watch::NOBODY);
    assert_eq!(&*scanned.findings[0].spot.path, "npm:@a/b@1.0.0/top.py");
    assert_eq!(scanned.findings[0].rule.id, "WRD201");
}

#[test]
fn what_leads_outside_is_no_package() {
    for name in [
        "../x.js",
        "package/../../x.js",
        "/etc/x.js",
        "a/..",
        "C:/x.js",
        "package/C:x.js",
        "\\x.js",
        "a\\..\\..\\x.js",
        "package/../x",
    ] {
        let outside = PackageError::Outside(name.to_owned());
        assert_eq!(
            added(Packing::TarGz, &regular(&[("package/a.js", b""), (name, b"")])).unwrap_err(),
            outside
        );
        assert_eq!(added(Packing::Zip, &zipped(&[("a.js", b""), (name, b"")])).unwrap_err(), outside);
    }
    // Two dots are a part of a name, too.
    assert_eq!(
        sources(&added(Packing::Zip, &zipped(&[("a..b/./c..js", b"")])).unwrap()),
        ["npm:@a/b@1.0.0/a..b/c..js"]
    );
}

#[test]
fn links_and_devices_are_told_and_not_followed() {
    let kinds = [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::Directory,
    ];
    for kind in kinds {
        let mut link = header("package/a.js", kind, 0);
        link.set_link_name("/etc/passwd").unwrap();
        link.set_cksum();
        let mut tar = Builder::new(Vec::new());
        tar.append(&link, &b""[..]).unwrap();
        let walked = added(Packing::TarGz, &gz(&tar.into_inner().unwrap())).unwrap();
        assert!(walked.sources.is_empty(), "{kind:?}");
        let why: Vec<_> = walked.unseen.iter().map(|unseen| unseen.why).collect();
        let expected = match kind {
            EntryType::Directory => vec![],
            EntryType::Symlink | EntryType::Link => vec![Why::Link],
            _ => vec![Why::Unreadable],
        };
        assert_eq!(why, expected, "{kind:?}");
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("a.py", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.add_directory("b.py", SimpleFileOptions::default()).unwrap();
    // In a wheel a link is a file with the name of another one in it: so it is installed.
    let walked = added(Packing::Zip, &zip.finish().unwrap().into_inner()).unwrap();
    assert_eq!(walked.sources.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["/etc/passwd"]);
    assert!(walked.unseen.is_empty());
}

#[test]
fn what_is_installed_is_what_is_looked_at() {
    let texts = |archive: &[u8]| {
        let walked = added(Packing::TarGz, archive).unwrap();
        let texts = walked.sources.into_iter().map(|(path, text)| {
            (path.strip_prefix("npm:@a/b@1.0.0").unwrap().to_str().unwrap().to_owned(), text)
        });
        texts.collect::<Vec<_>>()
    };
    let one = |path: &str, text: &str| vec![(path.to_owned(), text.to_owned())];
    // One block of zeros is no end for everybody.
    let mut tar = header("package/a.txt", EntryType::Regular, 0).as_bytes().to_vec();
    tar.extend([0; 512]);
    tar.extend(header("package/b.js", EntryType::Regular, 3).as_bytes());
    tar.extend(b"bad");
    tar.extend([0; 509 + 1024]);
    assert_eq!(texts(&gz(&tar)), one("b.js", "bad"));
    // The first part is left out, whatever it is; what lies beside it is not installed.
    let archive =
        regular(&[("package/server.js", b"bad"), ("server.js", b"good"), ("./package/server.js", b"good")]);
    let expected = [one("package/server.js", "good"), one("server.js", "bad")].concat();
    assert_eq!(texts(&archive), expected);
    // A link does not take the place of a file.
    let archive = tarball(&[
        ("package/a.js", EntryType::Regular, b"bad"),
        ("package/a.js", EntryType::Symlink, b""),
        ("package/a.js", EntryType::Fifo, b""),
    ]);
    assert_eq!(texts(&archive), one("a.js", "bad"));
    // Names that are no text stay apart.
    let mut names = Builder::new(Vec::new());
    for (byte, text) in [(0x80, b"1"), (0x81, b"2")] {
        let mut entry = header("package/a?.js", EntryType::Regular, 1);
        entry.as_mut_bytes()[9] = byte;
        entry.set_cksum();
        names.append(&entry, &text[..]).unwrap();
    }
    assert_eq!(texts(&gz(&names.into_inner().unwrap())).len(), 2);
}

#[test]
fn a_name_that_is_read_in_several_ways_is_refused() {
    let refused = |packing, archive: &[u8]| {
        let error = added(packing, archive).unwrap_err();
        assert!(matches!(error, PackageError::Ambiguous(_)), "{error}");
    };
    // What stands behind a zero byte.
    refused(Packing::Zip, &zipped(&[("a.py\0.png", b"")]));
    let long = |name: &[u8]| {
        let mut tar = header("././@LongLink", EntryType::GNULongName, name.len() as u64).as_bytes().to_vec();
        tar.extend(name);
        tar.resize(tar.len().next_multiple_of(512), 0);
        tar
    };
    let entry = header("package/x.png", EntryType::Regular, 0).as_bytes().to_vec();
    refused(Packing::TarGz, &gz(&[long(b"package/a.js\0.png\0"), entry.clone()].concat()));
    // Each part of a name costs more than it is long.
    refused(Packing::TarGz, &gz(&[long("a/".repeat(4096).as_bytes()), entry.clone()].concat()));
    // Several names of one entry.
    let record = |path: &str| {
        let record = format!(" path={path}\n");
        format!("{}{record}", record.len() + 2).into_bytes()
    };
    let pax = |kind, records: &[u8]| {
        let mut tar = header("package/PaxHeader", kind, records.len() as u64).as_bytes().to_vec();
        tar.extend(records);
        tar.resize(tar.len().next_multiple_of(512), 0);
        tar
    };
    let (good, bad) = (record("package/x.png"), record("package/a.js"));
    let twice = pax(EntryType::XHeader, &[good.clone(), bad.clone()].concat());
    refused(Packing::TarGz, &gz(&[twice, entry.clone()].concat()));
    let both = [long(b"package/x.png\0"), pax(EntryType::XHeader, &bad), entry.clone()].concat();
    refused(Packing::TarGz, &gz(&both));
    refused(Packing::TarGz, &gz(&[pax(EntryType::new(b'X'), &bad), entry.clone()].concat()));
    // One of them is what long names are for.
    let archive = gz(&[pax(EntryType::XHeader, &bad), entry].concat());
    assert_eq!(sources(&added(Packing::TarGz, &archive).unwrap()), ["npm:@a/b@1.0.0/a.js"]);
}

#[test]
fn of_two_files_of_one_name_the_last_one_counts_and_case_tells_names_apart() {
    let archive = regular(&[("package/a.js", b"1"), ("other/a.js", b"2"), ("package/A.js", b"3")]);
    let walked = added(Packing::TarGz, &archive).unwrap();
    let texts: Vec<_> = walked
        .sources
        .iter()
        .map(|(path, text)| (path.file_name().unwrap().to_str().unwrap(), text.as_str()))
        .collect();
    assert_eq!(texts, [("A.js", "3"), ("a.js", "2")]);
}

#[test]
fn a_bomb_is_not_unpacked() {
    // 300 MiB of zeros in 300 KiB.
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(header("package/a.js", EntryType::Regular, 300 << 20).as_bytes()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        packed.write_all(&zeros).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < 2 << 20, "{}", bomb.len());
    let error = added(Packing::TarGz, &bomb).unwrap_err();
    assert!(matches!(error, PackageError::Large(64..300)), "{error}");
    // Files that are too large each, and that are never read to their ends.
    let large = vec![b' '; 5 << 20];
    let names: Vec<_> = (0..20).map(|number| format!("{number}.py")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), large.as_slice())).collect();
    let error = added(Packing::Zip, &zipped(&files)).unwrap_err();
    assert_eq!(error, PackageError::Large(64));
    let walked = added(Packing::Zip, &zipped(&files[..3])).unwrap();
    assert_eq!(walked.unseen.iter().map(|unseen| unseen.why).collect::<Vec<_>>(), [Why::Large; 3]);
    // What means nothing to a scan is not even unpacked.
    let images: Vec<_> = names.iter().map(|name| name.replace("py", "png")).collect();
    let files: Vec<_> = images.iter().map(|name| (name.as_str(), large.as_slice())).collect();
    assert!(added(Packing::Zip, &zipped(&files)).is_ok());
}

#[test]
fn a_long_name_is_bounded_too() {
    let mut tar = header("././@LongLink", EntryType::GNULongName, 200 << 20).as_bytes().to_vec();
    tar.resize(tar.len() + (200 << 20), b'a');
    let error = added(Packing::TarGz, &gz(&tar)).unwrap_err();
    assert!(matches!(error, PackageError::Large(_)), "{error}");
}

#[test]
fn a_bound_is_kept_to_the_byte() {
    let archive = regular(&[("package/a.js", b"12345")]);
    let read = |most| {
        let mut files = Files::default();
        tarball::read_within(&archive, &Bound::at(most), &mut files).map(|()| files.found.len())
    };
    assert_eq!(read(512 + 512 + 1024), Ok(1));
    assert_eq!(read(512 + 511), Err(PackageError::Large(0)));
    let archive = zipped(&[("a.js", b"12345"), ("b.js", b"12345")]);
    let read = |most| {
        let mut files = Files::default();
        super::zipped::read_within(&archive, &Bound::at(most), &mut files).map(|()| files.found.len())
    };
    assert_eq!(read(10), Ok(2));
    assert_eq!(read(9), Err(PackageError::Large(0)));
}

#[test]
fn too_many_files_are_too_many() {
    let mut files = Files { entries: MOST_ENTRIES, ..Files::default() };
    let archive = regular(&[("package/a", b"")]);
    assert_eq!(tarball::read_within(&archive, &Bound::of(&archive), &mut files), Err(PackageError::Many));
}

#[test]
fn files_of_a_zip_are_counted_before_its_directory_is_read() {
    let mut zip = zipped(&[("a.py", b"x = 1")]);
    assert!(added(Packing::Zip, &zip).is_ok());
    // Its directory names one file, and room is made for more than there is memory for.
    let end = zip.split_off(zip.len() - 22);
    let (size, at) = (end[12..16].to_vec(), end[16..20].to_vec());
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [1_u64 << 40, 1 << 40] {
        record.extend(number.to_le_bytes());
    }
    record.extend([&size[..], &[0; 4], &at, &[0; 4]].concat());
    let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
    locator.extend((zip.len() as u64).to_le_bytes());
    locator.extend([1, 0, 0, 0]);
    let full = [&end[..8], &[0xff; 12], &end[20..]].concat();
    let said = [&zip[..], &record, &locator, &full].concat();
    assert_eq!(added(Packing::Zip, &said).unwrap_err(), PackageError::Many);
    // The same bytes in no record.
    let text = [&b"x = 1 # "[..], &record, b"\0\0\0\0"].concat();
    assert!(added(Packing::Zip, &zipped(&[("a.png", &text)])).is_ok());
    // What it says is one file, and what it holds is more than may be.
    let mut held = zip;
    let more = [b"PK\x01\x02", &[0_u8; 42][..]].concat().repeat(MOST_ENTRIES);
    held.extend(&more);
    let size = u32::from_le_bytes(size.try_into().unwrap()) + u32::try_from(more.len()).unwrap();
    held.extend([&end[..12], &size.to_le_bytes(), &end[16..]].concat());
    assert_eq!(added(Packing::Zip, &held).unwrap_err(), PackageError::Many);
}

#[test]
fn what_is_packed_in_another_way_is_told_and_not_read() {
    let zip = zipped(&[("a.py", BAD.as_bytes()), ("b.py", BAD.as_bytes())]);
    let places = |sign: &[u8]| -> Vec<_> {
        let at = zip.windows(4).enumerate().filter(|(_, part)| *part == sign).map(|(at, _)| at);
        at.collect()
    };
    let (local, central) = (places(b"PK\x03\x04")[0] + 8, places(b"PK\x01\x02")[0] + 10);
    // bzip2, LZMA, Zstandard, XZ, and what nobody knows.
    for method in [12, 14, 93, 95, 200] {
        let mut other = zip.clone();
        (other[local], other[central]) = (method, method);
        let walked = added(Packing::Zip, &other).unwrap();
        assert_eq!(sources(&walked), ["npm:@a/b@1.0.0/b.py"]);
        let unseen: Vec<_> = walked.unseen.iter().map(|unseen| (unseen.path.as_path(), unseen.why)).collect();
        assert_eq!(unseen, [(Path::new("npm:@a/b@1.0.0/a.py"), Why::Packed)], "{method}");
    }
    let mut hidden = zip.clone();
    (hidden[local - 2], hidden[central - 2]) = (1, 1);
    assert_eq!(added(Packing::Zip, &hidden).unwrap().unseen[0].why, Why::Packed);
}

#[test]
fn what_is_damaged_is_told() {
    let (tar, zip) = (regular(&[("package/a.js", BAD.as_bytes())]), zipped(&[("a.py", BAD.as_bytes())]));
    for (packing, whole) in [(Packing::TarGz, &tar), (Packing::Zip, &zip)] {
        assert!(added(packing, whole).is_ok());
        for end in [0, 1, 20, whole.len() / 2, whole.len() - 30] {
            assert_eq!(
                added(packing, &whole[..end]).unwrap_err(),
                PackageError::Damaged,
                "{packing:?} {end}"
            );
        }
    }
    assert_eq!(added(Packing::TarGz, &zip).unwrap_err(), PackageError::Damaged);
    assert_eq!(added(Packing::Zip, &tar).unwrap_err(), PackageError::Damaged);
    assert_eq!(added(Packing::TarGz, &gz(b"no archive")).unwrap_err(), PackageError::Damaged);
    assert_eq!(added(Packing::TarGz, &gz(&[0; 1024])).unwrap_err(), PackageError::Damaged);
    // Its text is another than it was.
    let mut other = zip.clone();
    let at = other.windows(4).position(|part| part == b"a.py").unwrap() + 10;
    other[at] ^= 0x55;
    assert_eq!(added(Packing::Zip, &other).unwrap_err(), PackageError::Damaged);
}
