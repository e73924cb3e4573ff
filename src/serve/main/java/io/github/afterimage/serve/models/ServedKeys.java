package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.failure.UnerasedKeysException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestFailure;
import io.github.afterimage.serve.protocol.RequestLog;
import io.github.afterimage.serve.work.Cost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Changes the keys of a served model: adds, removes and saves them. Results are JSON objects.
 *
 * <p>Threads: thread-safe. A change is visible to the next request when its call returns, and kept as the log of the index says.
 */
public final class ServedKeys {
    private final InferenceModel model;
    private final KeyAddition addition;

    ServedKeys(InferenceModel model) {
        this.model = model;
        addition = new KeyAddition(model, this);
    }

    /** Returns what {@link #add} costs; throws as that, if the request does not fit the model. */
    public Cost addCost(InferenceRequest request) {
        return model.estimate(request).add();
    }

    /** Returns the bytes of the heap that {@link #remove} takes; throws as that, if ids cannot be read. */
    public static long removeBytes(Map<String, String> parameters) {
        return KeyRemoval.bytes(parameters);
    }

    /** Returns the reason why keys cannot be changed; empty if they can. */
    public Optional<String> fixed() {
        return model.files().fixed();
    }

    void requireChangeable() {
        fixed().ifPresent(reason -> {
            throw new RequestException(
                    reason.equals(ModelFiles.REPLACING) ? RequestException.UNAVAILABLE : RequestException.FORBIDDEN,
                    "the keys of " + model.name() + " stay: " + reason);
        });
    }

    /**
     * Adds the rows of a request as keys of the classes in its input {@code label}. With the parameter {@code new_class}, a name
     * that no class has becomes that of a spare class, or of one that was spare and whose keys are all removed. A row that is
     * already remembered as another class is refused, in requests of up to 64 rows; with the parameter {@code replace}, its key takes the
     * place of that one.
     *
     * @param retry identifies the request when it is sent again; null to add keys each time
     * @throws RequestException if the request does not fit the model, or the keys cannot be changed
     */
    public Map<String, Object> add(InferenceRequest request, @Nullable String retry) {
        requireChangeable();
        try (LeasedModel asked = model.lease();
                CacheReader before = asked.index().snapshot()) {
            try {
                AddedKeys added = addition.add(request, retry, asked);
                Map<String, Object> answer = new JsonObject().with("ids", ids(added.first(), added.count()));
                answer.putAll(KeyCatalog.state(asked.index()));
                answer.put("replayed", added.repeated());
                if (!added.repeated()) {
                    addEffect(answer, asked.index(), before);
                }
                return answer;
            } catch (UnsavedChangeException e) {
                throw unsaved(e, "ids", ids(e.result(), model.rows(request)));
            } catch (UncheckedIOException e) {
                throw model.files().refused(model.name(), asked.index(), e);
            }
        }
    }

    private static List<Long> ids(long first, long count) {
        return LongStream.range(first, first + count).boxed().toList();
    }

    /**
     * Removes keys.
     *
     * @param parameters one of {@code ids}, {@code label} and {@code name}; and perhaps {@code forget}, with which the files are
     *     rewritten without the keys, and the answer has a receipt
     * @throws RequestException if there is another number of them, or the keys cannot be changed
     * @throws IllegalArgumentException if the value cannot be read
     */
    public Map<String, Object> remove(Map<String, String> parameters) {
        KeyRemoval removal = KeyRemoval.of(parameters);
        requireChangeable();
        try (LeasedModel asked = model.lease();
                CacheReader before = asked.index().snapshot()) {
            CacheIndex index = asked.index();
            Optional<String> missing = removal.missing(index);
            Map<String, Object> answer = new LinkedHashMap<>();
            try {
                long removed = removal.run(index, this::file, answer);
                addEffect(answer, index, before);
                missing.or(() -> removal.unmatched(removed)).ifPresent(warning -> answer.put("warning", warning));
            } catch (UnsavedChangeException e) {
                throw unsaved(e, KeyRemoval.REMOVED, e.result());
            } catch (UnerasedKeysException e) {
                throw changed(
                        e,
                        "the keys are removed, and their bytes may still be in the files, because the index cannot be saved: ask"
                                + " again when the operator of the server, whose log says more, has mended the cause",
                        "unerased-keys",
                        KeyRemoval.REMOVED,
                        e.removed());
            } catch (UncheckedIOException e) {
                throw model.files().refused(model.name(), index, e);
            } catch (IOException e) {
                throw model.files().refused(model.name(), index, new UncheckedIOException(e.getMessage(), e));
            }
            answer.putAll(KeyCatalog.state(index));
            return answer;
        }
    }

    private static void addEffect(Map<String, Object> answer, CacheIndex index, CacheReader before) {
        index.effect(before)
                .ifPresent(effect -> answer.put(
                        "effect",
                        new JsonObject()
                                .with("pictures", effect.examples())
                                .with("more_right", effect.moreRight())
                                .with("fewer_right", effect.fewerRight())));
    }

    private static RequestException unsaved(UnsavedChangeException failure, String name, Object result) {
        return changed(
                failure,
                "the change is made, but the disk has failed, and the change may be lost when the server ends: do not send it"
                        + " again; save the index, and tell the operator of the server, whose log says more",
                "unsaved-change",
                name,
                result);
    }

    /** Says which change is made although it failed, so that nobody makes it again. */
    private static RequestException changed(
            Exception failure, String message, String type, String name, Object result) {
        RequestLog.write(System.Logger.Level.WARNING, String.valueOf(failure.getMessage()), null);
        return new RequestException(
                RequestException.ERROR,
                message,
                Map.of("type", "urn:afterimage:" + type, RequestFailure.CHANGED, true, name, result));
    }

    /**
     * Saves the index to its file.
     *
     * @throws RequestException if it has none, or the keys cannot be changed
     */
    public Map<String, Object> save() throws IOException {
        requireChangeable();
        try (LeasedModel asked = model.lease()) {
            CacheIndex index = asked.index();
            index.save(file());
            return Map.of("keys", index.size(), "log_bytes", index.statistics().logBytes());
        }
    }

    void saveChanges() throws IOException {
        if (fixed().isEmpty()
                && model.files().index().isPresent()
                && model.index().statistics().logBytes() > 0) {
            save();
        }
    }

    private Path file() {
        return model.files()
                .index()
                .orElseThrow(() ->
                        RequestException.bad("the index was not opened from a file: there is no place to save it"));
    }
}
