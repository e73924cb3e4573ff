package io.github.afterimage.store;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tracks the files that an index was opened from and saved to.
 *
 * <p>Guarantees:
 *
 * <ol>
 *   <li>Holds the {@link SaveLock} of a name from the first save to it until a save to another name, or until closed.
 *   <li>Refuses a save to a known name if another index was saved there since, so no key is lost silently. A save to a
 *       new name replaces any file there.
 * </ol>
 *
 * <p>Threads: thread-safe; saves run one at a time.
 */
public final class SavedFiles implements AutoCloseable {
    private final Map<Path, PartFile> known = new HashMap<>();
    private @Nullable SavedIndex last;
    private @Nullable SaveLock lock;

    /**
     * Tracks an index that was not saved yet.
     *
     * @param opened the file that it was opened from, or null
     * @param lock lock of the name that it will be saved to, or null; closed together with this object
     */
    public SavedFiles(@Nullable SavedIndex opened, @Nullable SaveLock lock) {
        this.lock = lock;
        last = opened;
        if (opened != null) {
            known.put(opened.target, opened.identity);
        }
    }

    private interface Save {
        @Nullable
        SavedIndex run() throws IOException;
    }

    /**
     * Takes the lock of a name now.
     *
     * @throws FileSystemException if another holder has it, or a save to the name would be refused
     */
    public synchronized void lock(Path name) throws IOException {
        underLock(name, () -> last);
    }

    /**
     * Saves the present keys; see {@link IndexSave#save}.
     *
     * @param changes true to write only keys that the file is not known to hold
     * @throws FileSystemException if another holder has the lock of the name, or has saved to it
     */
    public synchronized void save(
            Path name, KeyStore keys, Map<String, String> attributes, float[] projection, boolean changes)
            throws IOException {
        underLock(name, () -> {
            // The snapshot is taken while no other save runs, so no save replaces a newer state by an older one.
            try (Snapshot snapshot = keys.snapshot()) {
                IndexSave.State state = new IndexSave.State(keys, snapshot, attributes, projection);
                return IndexSave.save(Disk.SYSTEM, name, state, changes ? last : null);
            }
        });
    }

    private void underLock(Path name, Save save) throws IOException {
        Path target = SaveLock.canonical(name);
        SaveLock taken = lock != null && lock.isOf(name) ? lock : SaveLock.take(name);
        try {
            requireUnchanged(name, target);
            try {
                last = save.run();
                known.put(target, held(target));
            } catch (IOException | RuntimeException e) {
                // Only this save can have changed the file, if just its last step failed.
                known.computeIfPresent(target, (path, before) -> heldOr(path, before));
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            if (taken != lock) {
                taken.close();
            }
            throw e;
        }
        if (lock != null && lock != taken) {
            lock.close();
        }
        lock = taken;
    }

    private void requireUnchanged(Path name, Path target) throws IOException {
        PartFile before = known.get(target);
        PartFile now = held(target);
        if (before != null && now != null && !now.equals(before)) {
            throw new FileSystemException(
                    name.toString(),
                    null,
                    "has changed since this index was opened from it or saved to it, and saving would lose what another"
                            + " process saved; save to another name, or open it again");
        }
    }

    /** Identifies the content of a file by its length and its header's checksum; null if there is no file. */
    private static @Nullable PartFile held(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try (InputFile input = InputFile.read(file)) {
            return new PartFile(IndexFile.name(file), input.bytes, Checksums.ofHeader(input.header()));
        } catch (CorruptIndexException e) {
            return new PartFile(IndexFile.name(file), -1, 0);
        }
    }

    /** Works like {@link #held}, but reads again if an interrupt closes the channel. */
    private static @Nullable PartFile heldOr(Path file, PartFile otherwise) {
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try {
                    return held(file);
                } catch (ClosedByInterruptException e) {
                    // An interrupt closed the channel; read again.
                }
            }
        } catch (IOException e) {
            return otherwise;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public synchronized void close() {
        if (lock != null) {
            lock.close();
        }
    }
}
