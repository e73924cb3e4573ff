package io.github.afterimage.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path folder;

    private Path other;

    @BeforeEach
    void another() throws IOException {
        other = Files.createDirectory(folder.resolve("other"));
    }

    private static void write(Path file, String text) throws IOException {
        try (AtomicFile target = AtomicFile.create(file)) {
            target.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            target.complete();
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(path -> !Files.isDirectory(path))
                    .map(path -> folder.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void whatASymbolicLinkPointsAtIsReplaced() throws IOException {
        Path file = Files.writeString(other.resolve("file"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("other/next"));
        Files.createSymbolicLink(other.resolve("next"), Path.of("file"));
        write(link, "new");
        assertThat(link).isSymbolicLink().hasContent("new");
        assertThat(file).isRegularFile().hasContent("new");
        assertThat(names()).containsExactly("link", "other/file", "other/next");
    }

    @Test
    void whatASymbolicLinkPointsAtNeedNotBeThereYet() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), other.resolve("file"));
        write(link, "new");
        assertThat(link).isSymbolicLink();
        assertThat(other.resolve("file")).hasContent("new");
    }

    @Test
    void linksThatLeadInACircleAreRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("next"));
        Files.createSymbolicLink(folder.resolve("next"), link);
        assertThatThrownBy(() -> AtomicFile.create(link))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(link.toString())
                .hasMessageContaining("leads nowhere");
    }

    /** The system refuses to force a device without a disk; nobody would notice otherwise that nothing is forced. */
    @Test
    void theDiskForcesFoldersAndFiles() throws IOException {
        Path device = Path.of("/dev/null");
        assertThatThrownBy(() -> Disk.SYSTEM.force(device)).hasMessage("Invalid argument");
        try (FileChannel opened = Disk.SYSTEM.open(device);
                FileChannel created = Disk.SYSTEM.create(folder.resolve("new"), device)) {
            assertThatThrownBy(() -> opened.force(true)).hasMessage("Invalid argument");
            assertThat(created).hasSameClassAs(opened);
        }
    }

    @Test
    void aFolderIsNotAFile() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), other);
        for (Path path : List.of(other, link)) {
            assertThatThrownBy(() -> AtomicFile.create(path))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessage(path + ": is a folder; expected the name of a file to write");
        }
        assertThat(other).isEmptyDirectory();
        assertThat(link).isSymbolicLink();
    }

    @Test
    void aPipeStaysAPipe() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "there is no mkfifo");
        Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);
        for (Path path : List.of(pipe, link)) {
            assertThatThrownBy(() -> AtomicFile.create(path))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessage(path + ": is not a regular file; expected the name of a file to write");
        }
        assertThat(Files.readAttributes(pipe, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther())
                .isTrue();
        assertThat(names()).containsExactly("link", "pipe");
    }

    @Test
    void aFileThatCannotBeReplacedKeepsItsContent() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        AtomicFile target = AtomicFile.create(file);
        Files.delete(folder.resolve(names().get(0))); // the new content is lost before it gets its name
        assertThatThrownBy(target::complete).isInstanceOf(IOException.class);
        assertThat(file).hasContent("old");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void roomBeyondTheLargestFileIsRefusedInTheWordsOfTheSystem(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Disk.SYSTEM.reserve(file, 0, 100);
        assertThat(file).hasSize(100);
        assertThatThrownBy(() -> Disk.SYSTEM.reserve(file, 1L << 62, 8))
                .isInstanceOf(IOException.class)
                .hasMessage("File too large");
    }
}
