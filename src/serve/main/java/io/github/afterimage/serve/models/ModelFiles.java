package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestFailure;
import io.github.afterimage.serve.protocol.RequestLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The files of a served model, which are followed: a file that has changed is opened, verified and swapped in.
 *
 * <p>Threads: thread-safe.
 */
final class ModelFiles<T extends AutoCloseable> {
    /** The reason why keys cannot be changed for a moment. */
    static final String REPLACING = "the model is being replaced: send the request again";

    private static final String FOREIGN =
            "another process has replaced the file of the index, which cannot be used; put a usable index there";

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** Null for a model that its caller has opened. */
    private final @Nullable ModelSource<T> source;

    private List<FileVersion> opened; // guarded by this
    /** The versions of the last look: a file is opened when it has not changed between two looks. */
    private List<FileVersion> last; // guarded by this

    /** A copy of the index with its logged changes, made because its file was replaced. */
    private @Nullable Path aside; // guarded by this

    private volatile boolean followed;
    private volatile @Nullable String staleness;
    private volatile @Nullable String fixed;

    /** Tells whether the network of a model is the one in its file. */
    interface NetworkCheck {
        boolean isCurrent() throws IOException;
    }

    /** @param source null for a model that its caller has opened */
    ModelFiles(@Nullable ModelSource<T> source) {
        this.source = source;
        fixed = source == null || source.taught() ? null : "the server was started without --teach";
        opened = versions();
        last = opened;
    }

    /** Takes notice that the files are looked at again and again from now on. */
    void follow() {
        followed = true;
    }

    /** Returns the file that the index is saved to. */
    Optional<Path> index() {
        return Optional.ofNullable(source).map(ModelSource::index);
    }

    /** Returns the reason why keys cannot be changed; empty if they can. */
    Optional<String> fixed() {
        return Optional.ofNullable(fixed);
    }

    /** Returns the reason why the model that answers is not the one in the files; empty if it is. */
    Optional<String> staleness() {
        return Optional.ofNullable(staleness);
    }

    /** Tells a change that the disk refuses from one for which the index has another file, or none. */
    RuntimeException refused(String name, CacheIndex index, UncheckedIOException failure) {
        try {
            if (source == null || index.files().isCurrent(source.index())) {
                return failure;
            }
            RequestLog.write(System.Logger.Level.WARNING, String.valueOf(failure.getMessage()), null);
            String reason = "nothing is changed, because the file of " + name;
            boolean exists = Files.exists(source.index());
            if (exists && followed) {
                return new RequestException(
                        RequestException.UNAVAILABLE,
                        reason + " is another one now, which the server is about to open: send the request again");
            }
            return new RequestException(
                    RequestException.NO_STORAGE,
                    reason
                            + (exists
                                    ? " is another one now, and this server does not look at files: restart it"
                                    : " is not there: put it back"),
                    Map.of(RequestFailure.CHANGED, false));
        } catch (IOException e) {
            return failure;
        }
    }

    /**
     * Replaces the model if its files have changed and rest; it stays if they cannot be used.
     *
     * @param index the present index
     * @param replacement replaces the model; its result completes when the former one is closed
     */
    synchronized void refresh(
            CacheIndex index, NetworkCheck network, Function<T, CompletableFuture<Void>> replacement) {
        if (source == null) {
            return;
        }
        List<FileVersion> now = versions();
        boolean rests = now.equals(last);
        last = now;
        if (!rests || now.equals(opened)) {
            return;
        }
        opened = now;
        try {
            boolean held = index.files().isCurrent(source.index());
            if (!held && source.taught()) {
                setAside(source.index(), index);
            }
            if (!held || !network.isCurrent()) {
                swap(source, replacement);
            } else if (FOREIGN.equals(fixed)) {
                fixed = null;
            }
            staleness = null;
        } catch (IOException | RuntimeException e) {
            Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
            boolean missing = cause instanceof NoSuchFileException file && file.getReason() == null;
            String reason = "its files have changed and cannot be used, so the former model answers: "
                    + cause.getMessage() + (missing ? " is not there" : "");
            staleness = withoutFolders(reason);
            log(System.Logger.Level.WARNING, source.index() + ": " + reason);
        }
    }

    /** Refuses changes, and keeps those that only the log has: it belongs to an index that has no file any more. */
    private void setAside(Path file, CacheIndex index) throws IOException {
        fixed = FOREIGN;
        if (index.statistics().logBytes() > 0 && aside == null) {
            Path copy = file.resolveSibling(file.getFileName() + ".replaced-" + STAMP.format(Instant.now()));
            index.files().saveWhole(copy, index.attributes());
            aside = copy;
            log(
                    System.Logger.Level.WARNING,
                    file + " was replaced while changes of its index were in the log: " + copy
                            + " holds that index with these changes");
        }
    }

    /** Deletes the log of an index that was set aside. */
    private void deleteForeignLog(Path file) throws IOException {
        if (aside != null) {
            for (String name : StoredIndex.log(file).foreignFiles()) {
                Files.deleteIfExists(file.resolveSibling(name));
            }
            aside = null;
        }
    }

    /** Opens the files without their log, which the former index holds until it is closed, and then with it. */
    private void swap(ModelSource<T> from, Function<T, CompletableFuture<Void>> replacement) throws IOException {
        T next = from.opening().open(false);
        String before = fixed;
        fixed = REPLACING;
        try {
            Resources.guarded(next, () -> replacement.apply(next)).join();
        } finally {
            fixed = before;
        }
        log(System.Logger.Level.INFO, from.index() + ": replaced");
        if (!from.taught()) {
            return;
        }
        try {
            deleteForeignLog(from.index());
            T logged = from.open();
            Resources.guarded(logged, () -> replacement.apply(logged)).join();
            fixed = null;
        } catch (IOException | RuntimeException e) {
            String reason = "the index was replaced and cannot keep changes: " + e.getMessage();
            fixed = withoutFolders(reason);
            log(System.Logger.Level.WARNING, from.index() + ": " + reason);
        }
    }

    /** Returns a reason as clients see it: with the names of files, without their folders. */
    private String withoutFolders(String reason) {
        String told = reason;
        for (Path file : Objects.requireNonNull(source).files()) {
            Path folder = file.toAbsolutePath().normalize().getParent();
            told = told.replace(folder + "/", "");
            told = file.getParent() == null ? told : told.replace(file.getParent() + "/", "");
        }
        return told;
    }

    private List<FileVersion> versions() {
        return source == null
                ? List.of()
                : source.files().stream().map(FileVersion::of).toList();
    }

    private static void log(System.Logger.Level level, String message) {
        System.getLogger(ModelFiles.class.getName()).log(level, message);
    }
}
