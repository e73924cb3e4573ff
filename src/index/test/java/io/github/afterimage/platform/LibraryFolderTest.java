package io.github.afterimage.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which folders native libraries are loaded from. Of root and another user where the tests are root's. */
class LibraryFolderTest {
    private static final int SOMEBODY = 12345;

    @TempDir
    Path parent;

    private Path folder;

    @BeforeEach
    void onlyWithUnixPermissions() throws IOException {
        assumeTrue(parent.getFileSystem().supportedFileAttributeViews().contains("unix"), "no Unix permissions");
        parent = parent.toRealPath();
        folder = parent.resolve("made").resolve("libraries");
    }

    @Test
    void aFolderIsMadeForThisUserAloneAndTakenAgain() throws IOException {
        assertThat(LibraryFolder.kept(folder)).isEqualTo(folder);
        assertThat(permissions(folder)).isEqualTo("rwx------");
        assertThat(LibraryFolder.kept(folder)).isEqualTo(folder);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderThatOthersMayHaveWrittenToIsNotTaken() throws IOException {
        Files.createDirectories(folder);
        permissions(folder, "rwxrwx---");
        assertThatIOException().isThrownBy(() -> LibraryFolder.kept(folder));
        permissions(folder, "rwxr-xr-x"); // by now others cannot, but what is in it may be theirs
        assertThatIOException().isThrownBy(() -> LibraryFolder.kept(folder));
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path target = LibraryFolder.kept(parent.resolve("target"));
        Files.createSymbolicLink(parent.resolve("link"), target);
        assertThatIOException().isThrownBy(() -> LibraryFolder.kept(parent.resolve("link")));
    }

    @Test
    void aFolderInOneThatOthersWriteToIsNotTakenUnlessTheyCannotRenameIt() throws IOException {
        LibraryFolder.kept(folder);
        permissions(folder.getParent(), "rwxrwxrwx");
        assertThatIOException().isThrownBy(() -> LibraryFolder.kept(folder));
        Files.setAttribute(folder.getParent(), "unix:mode", 01777);
        assertThat(LibraryFolder.kept(folder)).isEqualTo(folder);
    }

    @Test
    void aFolderOfAnotherUserIsNotTakenNorOneInAFolderOfAnotherUser() throws IOException {
        LibraryFolder.kept(folder);
        give(folder);
        assertThatIOException().isThrownBy(() -> LibraryFolder.kept(folder));
        Path below = parent.resolve("theirs").resolve("libraries");
        LibraryFolder.kept(below);
        give(below.getParent());
        assertThatIOException().isThrownBy(() -> LibraryFolder.kept(below));
    }

    private static void give(Path path) throws IOException {
        try {
            Files.setAttribute(path, "unix:uid", SOMEBODY);
        } catch (IOException e) {
            assumeTrue(false, "only root can give a folder to another user: " + e.getMessage());
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void permissions(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
}
