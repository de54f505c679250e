//! Files that take the place of older ones when they are whole, or not at all.

use super::behind::Behind;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file that is being written. What it is to replace stays as it was until [`NewFile::keep`].
pub struct NewFile {
    file: BufWriter<File>,
    /// None where it is written in place.
    waiting: Option<Waiting>,
    behind: Behind,
}

/// A file with a name of its own, which goes away unless it is moved to where it belongs.
struct Waiting {
    path: PathBuf,
    real: PathBuf,
    is_kept: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.is_kept {
            // There is nobody to tell, and nothing else to do about it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl NewFile {
    /// In the place of a file, or of none. What is no regular file, such as a pipe, is written in place, and so is a
    /// file in a folder that takes no other.
    ///
    /// # Errors
    /// Where it can not be made.
    pub fn create(path: &Path) -> std::io::Result<NewFile> {
        let in_place = || File::create(path).map(|file| NewFile::over(file, None));
        match path.canonicalize() {
            Ok(real) if !real.is_file() => in_place(),
            // A link that leads nowhere yet.
            Err(_) if path.is_symlink() => in_place(),
            _ => match NewFile::beside(path) {
                Err(error) if error.kind() == ErrorKind::PermissionDenied => in_place(),
                other => other,
            },
        }
    }

    /// The same, but never in place. A link stays a link; what it leads to is replaced.
    ///
    /// # Errors
    /// Where it can not be made, or what it should replace may not be written.
    pub fn beside(path: &Path) -> std::io::Result<NewFile> {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let old = if real.exists() { Some(OpenOptions::new().append(true).open(&real)?) } else { None };
        let (path, file) = with_new_name(&real)?;
        let new = NewFile::over(file, Some(Waiting { path, real, is_kept: false }));
        if let Some(old) = old {
            alike(new.file.get_ref(), &old.metadata()?)?;
        }
        Ok(new)
    }

    fn over(file: File, waiting: Option<Waiting>) -> NewFile {
        NewFile { file: BufWriter::new(file), waiting, behind: Behind::default() }
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Where it can not be written to its end, or not be moved.
    pub fn keep(mut self) -> std::io::Result<()> {
        self.file.flush()?;
        let Some(mut waiting) = self.waiting.take() else { return Ok(()) };
        self.behind.end()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&waiting.path, &waiting.real)?;
        waiting.is_kept = true;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        if self.waiting.is_some() {
            self.behind.wrote(self.file.get_ref(), written);
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// An empty file in the same folder, so that moving it is one step.
fn with_new_name(real: &Path) -> std::io::Result<(PathBuf, File)> {
    const ATTEMPTS: u32 = 100;
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let mut attempt = 0;
    loop {
        let path = real.with_file_name(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < ATTEMPTS => attempt += 1,
            other => return other.map(|file| (path, file)),
        }
    }
}

/// Gives a file the permissions of another and, where that is allowed, its owner.
fn alike(file: &File, old: &std::fs::Metadata) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Only the superuser may give a file away; for others the new file is theirs, as any that they write.
        let _ = std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()));
    }
    file.set_permissions(old.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("florin-replace-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).expect("a file")
    }

    #[test]
    fn the_old_file_stands_until_the_new_one_is_whole() {
        let folder = folder("whole");
        let path = folder.join("a");
        std::fs::write(&path, "old").expect("a file");
        let mut file = NewFile::create(&path).expect("a file");
        file.write_all(b"new").expect("space");
        assert_eq!(text(&path), "old");
        drop(file);
        assert_eq!((text(&path).as_str(), names(&folder)), ("old", vec!["a".to_owned()]));
        let mut file = NewFile::create(&path).expect("a file");
        file.write_all(b"new").expect("space");
        file.keep().expect("kept");
        assert_eq!((text(&path).as_str(), names(&folder)), ("new", vec!["a".to_owned()]));
        NewFile::create(&folder.join("b")).expect("a file").keep().expect("kept");
        assert_eq!(names(&folder), ["a", "b"]);
        assert!(NewFile::create(&folder.join("none/c")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("links");
        let (path, link, loose) = (folder.join("a"), folder.join("link"), folder.join("loose"));
        std::fs::write(&path, "old").expect("a file");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("permissions");
        symlink("a", &link).expect("a link");
        symlink("b", &loose).expect("a link");
        for (to, target) in [(&link, "a"), (&loose, "b")] {
            let mut file = NewFile::create(to).expect("a file");
            file.write_all(b"new").expect("space");
            file.keep().expect("kept");
            assert!(to.is_symlink());
            assert_eq!(text(&folder.join(target)), "new");
        }
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        NewFile::create(Path::new("/dev/null")).expect("a device").keep().expect("kept");
    }
}
