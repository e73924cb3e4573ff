package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of several that would save to one name, one may, and no acknowledged key is lost in silence. */
class SecondWriterTest {
    private static final String TAKEN = "may save to it and holds its lock";
    private static final String CHANGED = "has changed since this index was opened from it or saved to it";

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void save() throws IOException {
        file = folder.resolve("cache.safetensors");
        try (CacheIndex index = index()) {
            index.save(file);
        }
    }

    private static CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build();
        add(index);
        return index;
    }

    private static CacheIndex open(Path file) throws IOException {
        return CacheIndex.open(file, new OpenOptions().threads(1));
    }

    private static void add(CacheIndex index) {
        index.add(new float[] {1, 2}, new int[] {1});
    }

    private static void assertRefused(CacheIndex index, Path file, String why) throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> index.save(file))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(why);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    private long size() throws IOException {
        try (CacheIndex index = open(file)) {
            return index.size();
        }
    }

    @Test
    void theSecondToSaveIsRefusedWhileTheFirstIsOpenAndAfterThat() throws IOException {
        try (CacheIndex second = open(file)) {
            add(second);
            try (CacheIndex first = open(file)) {
                add(first);
                add(first);
                first.save(file);
                assertRefused(second, file, TAKEN);
                add(first);
                first.save(file);
            }
            assertRefused(second, file, CHANGED);
        }
        assertThat(size()).isEqualTo(4);
        assertThat(FileNames.in(folder)).noneMatch(name -> name.endsWith(".lock"));
    }

    @Test
    void aSaveThatWasInterruptedInItsLastStepIsNotTakenForAnothers() throws Exception {
        try (CacheIndex index = open(file)) {
            for (int i = 0; i < 20; i++) {
                add(index);
                saveInterrupted(index);
            }
            index.save(file);
            assertThat(size()).isEqualTo(21);
        }
    }

    @Test
    void saysThatTheLockFileCannotBeMadeAndWhere() {
        Path place = Path.of("/proc"); // where no user can make files, not even root
        assumeTrue(Files.isDirectory(place));
        try (CacheIndex index = index()) {
            assertThatThrownBy(() -> index.save(place.resolve("i")))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageStartingWith("/proc/i: its lock file .i.lock cannot be created in /proc (")
                    .hasMessageEndingWith("); save to a folder where this process may create files");
        }
    }

    @Test
    void refusesToOpenADevice() {
        Path device = Path.of("/dev/zero");
        assumeTrue(Files.exists(device));
        assertThatThrownBy(() -> open(device))
                .hasMessage("/dev/zero: is not a regular file: expected the file of an index");
    }

    /** Saves, and is interrupted when the file has its name and the save waits for the disk, or soon after. */
    private void saveInterrupted(CacheIndex index) throws Exception {
        Thread saver = Thread.currentThread();
        AtomicBoolean saving = new AtomicBoolean(true);
        Object before = key();
        CompletableFuture<Void> interrupter = CompletableFuture.runAsync(() -> {
            while (saving.get() && key().equals(before)) {
                Thread.onSpinWait();
            }
            saver.interrupt();
        });
        try {
            index.save(file);
        } catch (ClosedByInterruptException e) {
            assertThat(saver.isInterrupted()).isTrue();
        } finally {
            saving.set(false);
            while (!interrupter.isDone()) {
                Thread.onSpinWait();
            }
            Thread.interrupted();
        }
    }

    private Object key() {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void twoProcessesThatSaveToOneNameLoseNoKeyThatWasSaved() throws Exception {
        Process first = start();
        Process second = start();
        try (BufferedReader firstLines = first.inputReader();
                BufferedReader secondLines = second.inputReader()) {
            assertThat(firstLines.readLine()).isEqualTo("open");
            assertThat(secondLines.readLine()).isEqualTo("open");
            for (Process process : List.of(first, second)) {
                process.outputWriter().append("go\n").flush();
            }
            String oneSaid = firstLines.readLine();
            String otherSaid = secondLines.readLine();
            boolean firstSaved = oneSaid.startsWith("saved");
            assertThat(firstSaved ? otherSaid : oneSaid).startsWith("refused").containsAnyOf(TAKEN, CHANGED);
            String said = firstSaved ? oneSaid : otherSaid;
            assertThat(said).startsWith("saved");
            long saved = Long.parseLong(said.substring("saved ".length()));
            assertThat(size()).isEqualTo(saved);
            // A process that is killed leaves its lock file, and no lock.
            (firstSaved ? first : second).destroyForcibly().waitFor();
            try (CacheIndex index = open(file)) {
                add(index);
                index.save(file);
            }
            assertThat(size()).isEqualTo(saved + 1);
        } finally {
            first.destroyForcibly();
            second.destroyForcibly();
        }
        second.waitFor(10, TimeUnit.SECONDS);
    }

    private Process start() throws IOException {
        return new ProcessBuilder(JavaCommand.of(
                        List.of("-XX:TieredStopAtLevel=1", "-Xmx256m"), SecondWriterTest.class, file.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Opens an index, waits for a line, and then saves twice; says what came of it and waits to be killed. */
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        try (CacheIndex index = open(file)) {
            System.out.println("open");
            System.in.read();
            try {
                for (int i = 0; i < 2; i++) {
                    add(index);
                    index.save(file);
                }
                System.out.println("saved " + index.size());
            } catch (IOException e) {
                System.out.println("refused " + e.getMessage());
            }
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void anIndexThatSavedElsewhereMeanwhileIsRefusedToo() throws IOException {
        try (CacheIndex index = open(file)) {
            add(index);
            index.save(file);
            index.save(folder.resolve("copy"));
            try (CacheIndex other = open(file)) {
                add(other);
                other.save(file);
            }
            assertRefused(index, file, CHANGED);
            index.save(folder.resolve("copy"));
        }
        assertThat(size()).isEqualTo(3);
    }

    @Test
    void aNameThatIsNewToAnIndexIsReplaced() throws IOException {
        try (CacheIndex index = index()) {
            add(index);
            index.save(file);
            add(index);
            index.save(file);
        }
        assertThat(size()).isEqualTo(3);
    }

    @Test
    void aFileThatWasDeletedIsWrittenAgain() throws IOException {
        try (CacheIndex index = open(file)) {
            Files.delete(file);
            index.save(file);
        }
        assertThat(size()).isEqualTo(1);
    }

    @Test
    void aSymbolicLinkIsTheFileThatItPointsAt() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), file.getFileName());
        try (CacheIndex first = open(link);
                CacheIndex second = open(file)) {
            add(first);
            first.save(link);
            assertRefused(second, file, TAKEN);
        }
    }

    @Test
    void aLockThatIsAskedForIsTakenBeforeAnythingIsSaved() throws IOException {
        try (CacheIndex first = open(file);
                CacheIndex second = open(file)) {
            first.files().lock(file);
            assertThatThrownBy(() -> second.files().lock(file)).hasMessageContaining(TAKEN);
            assertRefused(second, file, TAKEN);
            first.save(file);
        }
    }

    @Test
    void theSecondBuildInPartsIsRefusedAtOnce() throws IOException {
        CacheIndexBuilder builder = new CacheIndexBuilder(2, 2).threads(1);
        try (PartitionedIndexWriter build = builder.buildInParts(file, 10)) {
            assertThatThrownBy(() -> builder.buildInParts(file, 10)).hasMessageContaining(TAKEN);
            try (CacheIndex other = open(file)) {
                assertRefused(other, file, TAKEN);
            }
            build.add(new float[] {1, 0}, new int[] {0});
            build.complete();
        }
        builder.buildInParts(file, 10).close();
        assertThat(size()).isEqualTo(1);
        assertThat(FileNames.in(folder)).noneMatch(name -> name.endsWith(".lock"));
    }

    @Test
    void aFailedSaveToAnotherNameLeavesTheLockWhereItWas() throws IOException {
        try (CacheIndex index = open(file);
                CacheIndex other = open(file)) {
            index.save(file);
            assertThatThrownBy(() -> index.save(folder)).isInstanceOf(FileSystemException.class);
            assertThatThrownBy(() -> index.files().save(folder.resolve("none/here"), Map.of()))
                    .hasMessageContaining("no such folder");
            assertRefused(other, file, TAKEN);
            add(index);
            index.save(file);
        }
    }
}
