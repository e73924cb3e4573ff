package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.log.LogNames;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A save has deleted the files with removed keys for good when it returns, or says that it has not. */
class DeletedFilesTest {
    private static final String NAME = "index.safetensors";

    @TempDir
    private Path folder;

    /** A disk on which the files of one suffix cannot be deleted. */
    private static final class UndeletableDisk extends RecordedDisk {
        private String suffix = "";

        @Override
        public void delete(Path file) throws IOException {
            if (!suffix.isEmpty() && Files.exists(file) && IndexFile.name(file).endsWith(suffix)) {
                throw new IOException("Operation not permitted");
            }
            super.delete(file);
        }
    }

    private Session removed(RecordedDisk disk) throws IOException {
        Path file = folder.resolve(NAME);
        Session.create(disk, file, ElementType.FLOAT32, Durability.everyChange())
                .close();
        Session session = Session.open(disk, file, Durability.everyChange());
        session.add(60, false);
        session.save();
        session.add(8, false);
        session.save();
        session.add(2, false);
        session.store.remove(0, 1); // of the first part
        return session;
    }

    @Test
    void aPartThatCannotBeDeletedIsNamedAndTheNextSaveDeletesIt() throws IOException {
        Path part = folder.resolve("index.0001.safetensors");
        UndeletableDisk disk = new UndeletableDisk();
        try (Session session = removed(disk)) {
            assertThat(part).exists();
            disk.suffix = IndexFile.name(part);
            assertThatThrownBy(session::save)
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContainingAll(
                            part.toString(), "cannot be deleted", "is saved", "Operation not permitted");
            assertThat(IndexFile.files(folder.resolve(NAME))).doesNotContain(part);
            assertThatThrownBy(session::save).hasMessageContaining(part.toString());
            assertThat(part).exists();
            disk.suffix = "";
            session.save();
            assertThat(part).doesNotExist();
            assertThat(Files.list(folder))
                    .noneMatch(path -> IndexFile.name(path).endsWith(".saving"));
        }
        assertThat(IndexCheck.findings(folder.resolve(NAME))).isEmpty();
    }

    @Test
    void aLogThatCannotBeDeletedIsNamedAndTheNextSaveDeletesIt() throws IOException {
        UndeletableDisk disk = new UndeletableDisk();
        try (Session session = removed(disk)) {
            Path log = new LogNames(folder.resolve(NAME))
                    .files()
                    .values()
                    .iterator()
                    .next();
            disk.suffix = IndexFile.name(log);
            assertThatThrownBy(session::save).hasMessageContainingAll(log.toString(), "cannot be deleted");
            assertThat(log).exists();
            session.add(1, false); // the log works
            disk.suffix = "";
            session.save();
            assertThat(log).doesNotExist();
        }
    }

    @Test
    void noLossOfPowerAfterASaveBringsAFileWithRemovedKeysBack() throws IOException {
        RecordedDisk disk = new RecordedDisk();
        Session session = removed(disk);
        try (session) {
            Map<String, byte[]> before = CrashTest.files(folder);
            disk.log.clear();
            Set<String> after = new HashSet<>();
            session.save();
            after.addAll(CrashTest.files(folder).keySet());
            Set<String> deleted = new HashSet<>(before.keySet());
            deleted.removeAll(after);
            assertThat(deleted)
                    .anyMatch(name -> name.endsWith(".log"))
                    .anyMatch(name -> name.endsWith("1.safetensors"));
            for (Map<String, byte[]> state : CrashStates.of(before, disk.log)) {
                assertThat(state.keySet()).doesNotContainAnyElementsOf(deleted);
            }
        }
    }
}
