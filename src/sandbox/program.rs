//! Which programs are installed: the answer to `requires=PROGRAM`.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

/// The program `name` on `path`, a list of folders as in the variable `PATH`: the first executable regular file.
///
/// A name with a slash is not looked up, and folders given relatively (or empty, which means the current one) are
/// passed over: what is found must not depend on where Proofbook was started.
pub fn find_program(path: &str, name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains('/') {
        return None;
    }
    path.split(':').map(Path::new).filter(|folder| folder.is_absolute()).map(|folder| folder.join(name)).find(|file| {
        // The kernel is asked, because permission bits alone do not say whether *this* user may run it.
        file.is_file() && accessat(CWD, file, Access::EXEC_OK, AtFlags::EACCESS).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_executable_files_in_absolute_folders_are_programs() {
        let temp = tempfile::tempdir().unwrap();
        let (first, second) = (temp.path().join("first"), temp.path().join("second"));
        for (folder, mode) in [(&first, 0o644), (&second, 0o755)] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
            fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(first.join("folder")).unwrap();

        let path = format!("relative::{}:{}", first.display(), second.display());
        assert_eq!(find_program(&path, "tool"), Some(second.join("tool")), "the first is not executable");
        assert_eq!(find_program(&path, "folder"), None);
        assert_eq!(find_program(&path, "missing"), None);
        assert_eq!(find_program(&path, "second/tool"), None);
        assert_eq!(find_program(&path, ""), None);
        assert_eq!(find_program("", "sh"), None);
    }
}
