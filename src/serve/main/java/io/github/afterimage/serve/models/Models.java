package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.work.PeriodicTask;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The models of a server, by name. More may be added; none is taken away. Thread-safe. */
public final class Models implements AutoCloseable {
    /** The version of every model. */
    public static final String VERSION = "1";

    /** The path of the statistics of all models has it. */
    private static final String STATISTICS = "stats";

    /** Separates the name of a model from that of an input. */
    static final char INPUT = '@';

    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

    private volatile Map<String, ServedModel> byName = Map.of(); // changed under the lock of this
    private final List<Consumer<ServedModel>> observers = new ArrayList<>(); // guarded by this
    private boolean closed; // guarded by this
    private @Nullable PeriodicTask watch; // guarded by this

    /**
     * Takes over models.
     *
     * @throws IllegalArgumentException if two have the same name, a name cannot be a part of paths, or there is none
     */
    public Models(Collection<? extends ServedModel> models) {
        if (models.isEmpty()) {
            throw new IllegalArgumentException("no models: expected at least one");
        }
        models.forEach(this::add);
    }

    /**
     * Takes over another model, unless it throws.
     *
     * @throws IllegalArgumentException as the constructor
     * @throws IllegalStateException if the models are closed
     */
    public synchronized void add(ServedModel model) {
        if (closed) {
            throw new IllegalStateException("the models are closed");
        }
        if (!model.name().matches(NAME) || model.name().equals(STATISTICS)) {
            throw new IllegalArgumentException("the model name \"" + model.name()
                    + "\": expected at most 100 letters, digits, \".\", \"_\" and \"-\", the first a letter or a digit, and not "
                    + STATISTICS + ", because it is a part of paths");
        }
        Map<String, ServedModel> named = new TreeMap<>(byName);
        if (named.putIfAbsent(model.name(), model) != null) {
            throw new IllegalArgumentException("two models are called " + model.name() + ": expected different names");
        }
        if (watch != null) {
            model.files().follow();
        }
        observers.forEach(observer -> observer.accept(model)); // before a request finds it
        byName = Collections.unmodifiableMap(named);
    }

    /** Calls an observer with each model, and with each that is added later. */
    public synchronized void observe(Consumer<ServedModel> observer) {
        observers.add(observer);
        byName.values().forEach(observer);
    }

    /** Returns the models, in order of name. */
    public List<ServedModel> all() {
        return List.copyOf(byName.values());
    }

    /** Returns true if there is a model of this name. */
    public boolean has(String name) {
        return find(name).isPresent();
    }

    /**
     * Returns a model by its name, or by NAME{@link #INPUT}INPUT, a name for clients that want one input and one output.
     *
     * @throws RequestException if there is no such model
     */
    public ServedModel named(String name) {
        return find(name)
                .orElseThrow(() -> new RequestException(
                        RequestException.NOT_FOUND,
                        "model " + name + ": expected one of " + byName.keySet() + ", or NAME" + INPUT
                                + "INPUT for one of its inputs alone"));
    }

    private Optional<ServedModel> find(String name) {
        int end = name.indexOf(INPUT);
        String input = name.substring(end + 1);
        return Optional.ofNullable(byName.get(end < 0 ? name : name.substring(0, end)))
                .filter(model -> end < 0
                        || model.inputs().stream().anyMatch(each -> each.name().equals(input)));
    }

    /** @throws RequestException if it is not {@link #VERSION} */
    public static void requireVersion(String version) {
        if (!version.equals(VERSION)) {
            throw new RequestException(
                    RequestException.NOT_FOUND,
                    "version " + version + " of the model: expected " + VERSION + ", the only one");
        }
    }

    /**
     * Looks at the files of the models at this interval from now on, and replaces a model whose files have changed. A file is
     * opened when it has not changed between two looks.
     *
     * @param more is called with these models at each look, and may add some
     */
    public synchronized void follow(Duration interval, Consumer<Models> more) {
        if (watch != null) {
            throw new IllegalStateException("the files of the models are followed already");
        }
        byName.values().forEach(model -> model.files().follow());
        watch = new PeriodicTask("afterimage-files", interval, () -> {
            byName.values().forEach(ServedModel::refresh);
            more.accept(this);
        });
    }

    /** Saves the indexes whose changes are in a log only. */
    public void save() throws IOException {
        for (ServedModel model : byName.values()) {
            model.keys().saveChanges();
        }
    }

    /** Ends the models; keys that were added are in the log of their index. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (watch != null) {
                watch.close();
            }
        }
        byName.values().forEach(ServedModel::close);
    }
}
