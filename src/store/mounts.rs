//! On which file system a store lies. Over a network neither the locks nor the shared memory of SQLite hold what they promise: two
//! daemons could write at once, and a file that was synced could be gone.

use std::path::Path;

use super::error::StoreError;

/// Types a store is refused on, as `/proc/self/mountinfo` names them.
const NETWORK: [&str; 20] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "coda",
    "davfs",
    "glusterfs",
    "lustre",
    "beegfs",
    "vboxsf",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.s3fs",
    "fuse.rclone",
    "fuse.davfs2",
];

/// Refuses a folder that another machine holds. Where that cannot be known nothing is refused.
pub(super) fn refuse_network(folder: &Path) -> Result<(), StoreError> {
    let (Ok(folder), Ok(mounts)) = (folder.canonicalize(), std::fs::read_to_string("/proc/self/mountinfo")) else {
        return Ok(());
    };
    match kind(&mounts, &folder) {
        Some(kind) if NETWORK.contains(&kind) => {
            Err(StoreError::Network { place: folder.display().to_string(), kind: kind.to_owned() })
        }
        _ => Ok(()),
    }
}

/// The type of the file system that folder lies on: that of the deepest mount above it, the last one where several cover each
/// other.
fn kind<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((mount, kind)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (mount.split(' ').nth(4), kind.split(' ').next()) else { continue };
        let point = plain(point);
        if folder.starts_with(&point) && found.is_none_or(|(longest, _)| point.len() >= longest) {
            found = Some((point.len(), kind));
        }
    }
    found.map(|(_, kind)| kind)
}

/// Blanks, tabs, line ends and backslashes of a path are written in octal there.
fn plain(point: &str) -> String {
    let written = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    written.into_iter().fold(point.to_owned(), |point, (octal, plain)| point.replace(octal, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
                          40 22 0:40 / /srv/kho\\040chung rw,relatime shared:7 master:1 - nfs4 may-chu:/kho rw\n\
                          41 40 0:41 / /srv/kho\\040chung/may-nay rw - xfs /dev/vdb rw\n\
                          42 22 0:42 / /nha rw - ext4 /dev/vdc rw\n\
                          43 42 0:43 / /nha rw - fuse.sshfs may-chu:/nha rw\n";

    #[test]
    fn the_deepest_mount_decides_and_the_last_of_one_place() {
        for (folder, expected) in [
            ("/var/lib/dondoc", "ext4"),
            ("/srv/kho chung", "nfs4"),
            ("/srv/kho chung/dondoc", "nfs4"),
            ("/srv/kho chung hon", "ext4"),
            ("/srv/kho chung/may-nay/dondoc", "xfs"),
            ("/nha/dondoc", "fuse.sshfs"),
        ] {
            assert_eq!(kind(MOUNTS, Path::new(folder)), Some(expected), "{folder}");
        }
        assert_eq!(kind("", Path::new("/x")), None);
    }

    #[test]
    fn the_folder_of_these_tests_is_known() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("a system with /proc");
        assert!(kind(&mounts, &folder.path().canonicalize().expect("it is there")).is_some());
    }
}
