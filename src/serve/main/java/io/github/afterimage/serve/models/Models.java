package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The models of a server, by name. Thread-safe. */
public final class Models implements AutoCloseable {
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

    private final Map<String, ServedModel> byName;
    private @Nullable ScheduledExecutorService watch; // guarded by this

    /**
     * Takes over models.
     *
     * @throws IllegalArgumentException if two have the same name, or there is none
     */
    public Models(Collection<? extends ServedModel> models) {
        Map<String, ServedModel> named = new TreeMap<>();
        for (ServedModel model : models) {
            if (!model.name().matches(NAME)) {
                throw new IllegalArgumentException("the model name \"" + model.name()
                        + "\": expected at most 100 letters, digits, \".\", \"_\" and \"-\", the first a letter or a digit, because"
                        + " it is a part of paths");
            }
            if (named.putIfAbsent(model.name(), model) != null) {
                throw new IllegalArgumentException(
                        "two models are called " + model.name() + ": expected different names");
            }
        }
        if (named.isEmpty()) {
            throw new IllegalArgumentException("no models: expected at least one");
        }
        byName = Map.copyOf(named);
    }

    /** Returns the models, in order of name. */
    public List<ServedModel> all() {
        return new TreeMap<>(byName).values().stream().toList();
    }

    /** @throws RequestException if there is no such model */
    public ServedModel named(String name) {
        ServedModel model = byName.get(name);
        if (model == null) {
            throw new RequestException(
                    RequestException.NOT_FOUND,
                    "model " + name + ": expected one of " + new TreeMap<>(byName).keySet());
        }
        return model;
    }

    /**
     * Looks at the files of the models at this interval from now on, and replaces a model whose files have changed. A file is
     * opened when it has not changed between two looks.
     */
    public synchronized void follow(Duration interval) {
        if (watch != null) {
            throw new IllegalStateException("the files of the models are followed already");
        }
        watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "afterimage-files");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = watch.scheduleWithFixedDelay(
                () -> byName.values().forEach(ServedModel::refresh),
                interval.toMillis(),
                interval.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Saves the indexes whose changes are in a log only. */
    public void save() throws IOException {
        for (ServedModel model : byName.values()) {
            model.memory().saveChanges();
        }
    }

    /** Ends the models; keys that were added are in the log of their index. */
    @Override
    public void close() {
        synchronized (this) {
            if (watch != null) {
                watch.shutdown();
            }
        }
        byName.values().forEach(ServedModel::close);
    }
}
