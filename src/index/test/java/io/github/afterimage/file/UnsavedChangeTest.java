package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnsavedChangeTest {
    @TempDir
    private Path folder;

    /** Lets every step of the disk fail in turn. */
    @Test
    void aChangeThatIsMadeAndNotSavedSaysWhatItsCallWouldHaveReturned() throws IOException {
        Path file = folder.resolve("index.safetensors");
        Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, Durability.everyChange())
                .close();
        int added = 0;
        int removed = 0;
        for (int failing = 0; failing < 30; failing++) {
            try (Session session = Session.open(new RecordedDisk(failing), file, Durability.everyChange())) {
                KeyStore store = session.store;
                long next = store.nextId();
                boolean isAdded = false;
                try {
                    store.add(KeyRows.of(
                            FloatBuffer.wrap(new float[2 * Session.DIM])
                                    .put(0, 1)
                                    .put(Session.DIM, 1),
                            new int[2]));
                    isAdded = true;
                    store.remove(next, next + 1, next + 9);
                } catch (UnsavedChangeException e) {
                    assertThat(e.result()).isEqualTo(isAdded ? 2 : next);
                    added += isAdded ? 0 : 1;
                    removed += isAdded ? 1 : 0;
                } catch (UncheckedIOException refused) {
                    continue;
                } finally {
                    session.save();
                }
            } catch (IOException e) {
                continue; // the disk failed before or behind the change
            }
        }
        assertThat(added).isPositive();
        assertThat(removed).isPositive();
    }
}
