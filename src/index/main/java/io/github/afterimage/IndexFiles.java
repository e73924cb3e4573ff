package io.github.afterimage;

import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.failure.UnerasedKeysException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.platform.ContentDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The files of an index: what a save writes, which process may write it, and how changes are taken back. {@link CacheIndex#save}
 * follows the same rules.
 *
 * <pre>{@code
 * Path file = Path.of("cache.safetensors");
 * try (CacheIndex index = CacheIndex.open(file)) {
 *     index.files().lock(file); // fails now, not after the work, if another process may save to the file
 *     index.remove(7);
 *     index.files().saveWhole(Path.of("copy.safetensors"), index.attributes());
 * }
 * }</pre>
 *
 * <p><b>The old index or the new one.</b> A save writes the keys of its moment, and the file holds the old index until the new one is
 * complete on the disk.
 *
 * <p><b>Parts.</b> If the index was opened from the file, or was last saved to it, a save writes only changes, into a file beside it:
 * {@code cache.safetensors} then names {@code cache.0001.safetensors} and so on, which hold the keys; move these files together. If
 * the file is a symbolic link, a file that holds everything replaces its target. {@link #saveWhole} writes one file in any case.
 *
 * <p><b>The weights of the answer</b> are fitted again by a save if the index keeps {@link TuningRows} and a tenth of its keys has been added
 * or removed since the last fit: the same keys give the same weights. This costs a query of at most {@value TuningRows#MOST} rows.
 *
 * <p><b>Removed keys</b>, their names and thumbnails are in no file after a save, and no loss of power brings them back, unless {@link
 * OpenOptions#eraseRemoved} is off.
 *
 * <p><b>The log.</b> An index with a {@linkplain OpenOptions#log log} deletes the log when the file is the one that it belongs to; a
 * save to any other file writes a copy, and the log and its lock stay. A change that was made and may be missing in the log ({@link
 * UnsavedChangeException}) is saved too, even if it was made while the save ran; the log works again afterwards.
 *
 * <p><b>One writer.</b> Only one index of all processes may save to a file. This index may from its first save to a file, or from
 * {@link #lock}, until it saves to another file or is closed: it holds a lock, {@code .cache.safetensors.lock}, that the system
 * releases if the process ends. A save is refused if the index was opened from the file or saved to it, and the file holds another
 * index since, so that no keys are lost silently. A file that the index was neither opened from nor saved to is replaced, whatever
 * it holds; so is a file that was opened with {@link OpenOptions#parts}. Opening an index needs no lock.
 *
 * <p>Threads: thread-safe; saves run one at a time, while queries and changes run. Lifetime: that of its index, after which calls
 * throw IllegalStateException.
 */
public final class IndexFiles {
    private final SharedIndex shared;

    IndexFiles(SharedIndex shared) {
        this.shared = shared;
    }

    /**
     * Saves the keys with other attributes, which the index has from then on.
     *
     * @throws IllegalArgumentException if the attributes have class names, theta or lambda that do not fit the index
     * @throws java.nio.file.FileSystemException if {@code file} is a folder, a device or a pipe, or another index may save to
     *     it or has saved to it; nothing is written then
     * @throws java.nio.channels.ClosedByInterruptException if the thread is interrupted; {@code file} is as after any other
     *     IOException
     * @throws IOException if writing fails; {@code file} holds the old index, or the new one if only a last step failed: waiting for
     *     the disk, or deleting a file that the index does not need any more and that may hold removed keys. The message says so, and
     *     the next save deletes what is left
     */
    public void save(Path file, Map<String, String> attributes) throws IOException {
        shared.save(file, attributes, null, true);
    }

    /** Saves all keys into one file, even if only some changed; otherwise as {@link #save}. */
    public void saveWhole(Path file, Map<String, String> attributes) throws IOException {
        shared.save(file, attributes, null, false);
    }

    /**
     * Saves all keys into one file with what labelled examples have chosen, and with some of these examples, which the index keeps from
     * then on in place of those that it kept.
     *
     * @param attributes such as {@link Tuner#attributes} returns them
     * @param rows encoded by this index; {@link TuningRows#NONE} to keep none
     * @throws IllegalArgumentException as {@link #save}, and if the rows have another length or other classes than the index
     * @throws IOException as {@link #save}
     */
    public void saveTuned(Path file, Map<String, String> attributes, TuningRows rows) throws IOException {
        shared.save(file, attributes, rows, false);
    }

    /**
     * Saves all keys into one file with what a tuner has chosen, and the usual threshold of doubt, in place of the tuning before; the
     * index keeps none of the examples.
     *
     * @throws IllegalStateException if the tuner has no examples
     * @throws IOException as {@link #save}
     */
    public void saveTuned(Path file, Tuner tuner) throws IOException {
        Map<String, String> attributes = tuner.attributes(shared.attributes().values(), DoubtThreshold.SHARE);
        saveTuned(file, attributes, TuningRows.NONE);
    }

    /** Removes keys and saves the index at once; see {@link CacheIndex#forget}. */
    ForgottenKeys forget(Path file, long... ids) throws IOException {
        lock(file);
        Map<String, String> before = stamps(file);
        long version = version();
        if (shared.forgetExamples(ids)) {
            shared.save(
                    file,
                    null,
                    null,
                    shared.erases); // a kill before it leaves the keys by which to find the examples again
        }
        long removed;
        try {
            removed = shared.change(() -> shared.keys.remove(ids));
        } catch (UnsavedChangeException e) { // which the save mends
            removed = e.result();
        }
        try {
            shared.save(file, null, null, shared.erases);
            return receipt(file, ids, removed, version, before);
        } catch (IOException | RuntimeException | Error e) {
            throw new UnerasedKeysException(removed, file.toString(), e);
        }
    }

    private ForgottenKeys receipt(Path file, long[] ids, long removed, long version, Map<String, String> before)
            throws IOException {
        Map<String, String> after = stamps(file);
        List<ForgottenKeys.File> files = new ArrayList<>();
        for (Path part : IndexFile.files(file)) {
            String name = String.valueOf(part.getFileName());
            files.add(new ForgottenKeys.File(
                    name,
                    ContentDigest.sha256(out -> Files.copy(part, out)),
                    !Objects.equals(before.get(name), after.get(name))));
        }
        return new ForgottenKeys(
                Arrays.stream(ids).boxed().toList(),
                removed,
                version,
                version(),
                files,
                before.keySet().stream()
                        .filter(name -> !after.containsKey(name))
                        .sorted()
                        .toList());
    }

    private long version() {
        try (SharedIndex.Use use = shared.new Use(null)) {
            return use.keys.version();
        }
    }

    /** Returns what tells whether a file is the same one, unwritten, by names. */
    private static Map<String, String> stamps(Path file) throws IOException {
        Map<String, String> stamps = new HashMap<>();
        if (Files.exists(file)) {
            for (Path part : IndexFile.files(file)) {
                BasicFileAttributes now = Files.readAttributes(part, BasicFileAttributes.class);
                stamps.put(String.valueOf(part.getFileName()), now.fileKey() + " " + now.lastModifiedTime());
            }
        }
        return stamps;
    }

    /**
     * Takes the lock that the first save to {@code file} would take, so that work that could not be saved is not begun.
     *
     * @throws java.nio.file.FileSystemException as {@link #save}
     */
    public void lock(Path file) throws IOException {
        shared.run(() -> shared.files.lock(file));
    }

    /**
     * Tells whether a file holds what the index last read from it or saved to it; the log beside it does not matter. A service
     * learns from it that another process has replaced the file.
     *
     * @throws IOException if the file cannot be read
     */
    public boolean isCurrent(Path file) throws IOException {
        return shared.use(() -> shared.files.isCurrent(file));
    }

    /**
     * Closes the index and takes back all changes since it was {@linkplain OpenOptions#log opened with a log}: its file and its
     * log have the bytes that they had. If the index had no log before and the file system has no hard links, or keys were
     * erased, the file holds the same keys in other bytes. A loss of power meanwhile leaves the index as it was after one of the
     * changes, or before them.
     *
     * @return false if a save, also one {@linkplain OpenOptions#maxLogBytes in the background}, has included a change; then all
     *     changes stay
     * @throws IllegalStateException if the index was not opened with a log or is closed
     * @throws java.io.UncheckedIOException if a file cannot be written
     * @throws UnsavedChangeException if changes stay, and the last of them may be missing on the disk
     */
    public boolean revert() {
        return shared.revert();
    }

    @Override
    public String toString() {
        return "IndexFiles[log of " + shared.files.logBytes() + " bytes]";
    }
}
