package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serving.Health;
import io.github.afterimage.serving.Monitored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An {@link InferenceModel} with its keys and its files.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}, which answers the requests that run and fails those that wait.
 */
public abstract class ServedModel extends InferenceModel implements AutoCloseable {
    /** A pass over all keys takes less, also where they are read from a disk. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Runnable end;
    private final ServedKeys keys = new ServedKeys(this);
    private final KeyCatalog catalog = new KeyCatalog(this);
    private final StallWatch stalls = new StallWatch(PATIENCE);

    /**
     * @param end closes the batcher
     * @param outputs names of the outputs that a request may ask for
     */
    ServedModel(String name, Monitored batcher, Runnable end, ModelFiles<?> files, List<String> outputs) {
        super(name, batcher, files, outputs);
        this.end = end;
    }

    /** Returns the keys, to change them. */
    public final ServedKeys keys() {
        return keys;
    }

    /** Returns the keys, to list and describe them. */
    public final KeyCatalog catalog() {
        return catalog;
    }

    /** Returns the reason why the model does not answer; empty if it does. */
    public final Optional<String> unready() {
        Health health = monitored().health();
        return health.open() ? stalls.look(health, System.nanoTime()) : Optional.of("the model is closed");
    }

    /** Returns the reason why the model that answers is not the one in its files; empty if it is. */
    public final Optional<String> staleness() {
        return files().staleness();
    }

    /** Replaces the model if its files have changed; the former one answers if they cannot be used. */
    public abstract void refresh();

    /** Returns the number of requests that were answered. */
    public final long answered() {
        return monitored().health().requests().answered();
    }

    /**
     * Makes a request of bytes without a description: an image, or one that the binary tensor extension calls raw.
     *
     * @throws RequestException if the bytes are no input of the model
     */
    public abstract InferenceRequest raw(byte[] bytes);

    /** Takes back a log without changes, and closes the batcher. */
    @Override
    public void close() {
        leaveUnchanged();
        end.run();
    }

    /**
     * Takes the log back that opening has begun, if nobody has changed a key: the files are then as they were. Closes the index, so
     * queries that wait fail; those that run are answered.
     */
    private void leaveUnchanged() {
        CacheIndex index = index();
        Optional<Path> file = files().fixed().isPresent() ? Optional.empty() : files().index();
        try {
            if (file.isPresent()
                    && index.statistics().logBytes() == 0
                    && index.files().isCurrent(file.get())) {
                boolean unused = index.files().revert();
            }
        } catch (IllegalStateException e) {
            // it is closed already, or was opened without a log
        } catch (IOException | UncheckedIOException e) {
            System.getLogger(ServedModel.class.getName())
                    .log(System.Logger.Level.WARNING, name() + " keeps the log that was begun: " + e.getMessage());
        }
    }
}
