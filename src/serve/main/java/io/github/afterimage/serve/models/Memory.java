package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.ForgottenKeys;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.failure.RequestConflictException;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Changes the keys of a served model: adds, removes and saves them. Results are JSON objects.
 *
 * <p>Threads: thread-safe. A change is visible to the next request when its call returns, and kept as the log of the index says.
 */
public final class Memory {
    /** Rows of a request that are looked for among the keys; more are data, and to look for each would take long. */
    private static final int MAX_LOOKED = 64;

    private static final String IDS = "ids";
    private static final String LABEL = "label";
    private static final String NAME = "name";

    private final InferenceModel model;
    private final NewClasses classes;

    /** Held from the last look for what contradicts rows until they are keys, so that of two requests at once one sees the other's. */
    private final Lock teaching = new ReentrantLock();

    Memory(InferenceModel model) {
        this.model = model;
        classes = new NewClasses(model, this::saveNames);
    }

    /** Returns what {@link #add} costs; throws as that, if the request does not fit the model. */
    public Cost addCost(InferenceRequest request) {
        return model.estimate(request).add();
    }

    /** Returns the bytes of the heap that {@link #remove} takes; throws as that, if ids cannot be read. */
    public static long removeBytes(Map<String, String> parameters) {
        String ids = parameters.get(IDS);
        return ids == null ? 0 : 2L * Long.BYTES * KeySelection.count(ids);
    }

    /** Returns the reason why keys cannot be changed; empty if they can. */
    public Optional<String> fixed() {
        return model.files().fixed();
    }

    private void requireChangeable() {
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
        try (LeasedModel asked = model.lease()) {
            return add(request, retry, asked);
        }
    }

    private Map<String, Object> add(InferenceRequest request, @Nullable String retry, LeasedModel asked) {
        try (CacheReader before = asked.index().snapshot()) {
            AddedKeys added = retry == null ? addNow(request, asked, keys -> keys) : addOnce(request, asked, retry);
            return answer(added, asked.index(), before);
        } catch (UnsavedChangeException e) {
            throw unsaved(e, "ids", ids(e.result(), model.rows(request)));
        } catch (UncheckedIOException e) {
            throw model.files().refused(model.name(), asked.index(), e);
        }
    }

    /** Says what is made, so that nobody makes it again. */
    private static RequestException unsaved(UnsavedChangeException failure, String name, Object result) {
        log(failure);
        return new RequestException(
                RequestException.ERROR,
                "the change is made, but the disk has failed, and the change may be lost when the server ends: do not send it"
                        + " again; save the index, and tell the operator of the server, whose log says more",
                Map.of("type", "urn:afterimage:unsaved-change", RequestFailure.CHANGED, true, name, result));
    }

    private static void log(Exception failure) {
        RequestLog.write(System.Logger.Level.WARNING, String.valueOf(failure.getMessage()), null);
    }

    private static Map<String, Object> answer(AddedKeys added, CacheIndex index, CacheReader before) {
        Map<String, Object> answer = new JsonObject().with("ids", ids(added.first(), added.count()));
        answer.putAll(Contents.state(index));
        answer.put("replayed", added.repeated());
        if (!added.repeated()) {
            addEffect(answer, index, before);
        }
        return answer;
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

    private static List<Long> ids(long first, long count) {
        return LongStream.range(first, first + count).boxed().toList();
    }

    private AddedKeys addOnce(InferenceRequest request, LeasedModel asked, String retry) {
        long digest = request.contentDigest();
        try {
            return asked.index()
                    .added(retry, digest)
                    .orElseGet(() -> addNow(request, asked, keys -> keys.requestId(retry, digest)));
        } catch (RequestConflictException e) {
            throw new RequestException(
                    RequestException.CONFLICT,
                    "Idempotency-Key " + retry + " belongs to another request: expected a new key for new content");
        }
    }

    private AddedKeys addNow(InferenceRequest request, LeasedModel asked, UnaryOperator<KeyBatch> more) {
        boolean mayName = request.flag("new_class", false);
        NewClasses.Labels labels = labels(request);
        int[] known = classes.find(labels, mayName);
        List<String> names = names(request, known.length);
        PreparedRows rows = asked.prepared(request);
        Function<long[], AddedKeys> add = replaced -> classes.add(labels, mayName, found -> {
            requireChangeable(); // the model may have been replaced meanwhile
            return rows.add(found, replaced, keys -> more.apply(keys.names(names)));
        });
        if (known.length > MAX_LOOKED) {
            return add.apply(new long[0]);
        }
        boolean replaces = request.flag("replace", false);
        long version = asked.index().version();
        long[] contradicted = rows.contradicted(known, replaces);
        teaching.lock();
        try {
            boolean changed = asked.index().version() != version;
            return add.apply(changed ? rows.contradicted(classes.find(labels, mayName), replaces) : contradicted);
        } finally {
            teaching.unlock();
        }
    }

    /** Saves the index, because the names of classes are in no log. */
    private void saveNames() {
        if (model.files().index().isPresent()) {
            try {
                save();
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the change is refused, because the index cannot be saved with the name of its new class: "
                                + e.getMessage() + "; free space on this disk and try again",
                        e);
            }
        }
    }

    private NewClasses.Labels labels(InferenceRequest request) {
        model.requireInputs(request, LABEL, NAME);
        NewClasses.Labels labels = request.input(LABEL)
                .map(tensor -> NewClasses.Labels.of(tensor, model.index().classes()))
                .orElseThrow(
                        () -> RequestException.bad("the request has no input label: expected a class for each row"));
        int rows = model.rows(request);
        if (labels.count() != rows) {
            String what = request.input("image").isPresent() ? "pictures" : "rows";
            throw RequestException.bad("the request has " + rows + " " + what + " and " + labels.count()
                    + " labels: expected a label for each of the " + what);
        }
        return labels;
    }

    private static List<String> names(InferenceRequest request, int rows) {
        List<String> names = request.input(NAME)
                .map(tensor -> tensor.elements().stream().map(Memory::text).toList())
                .orElseGet(() -> Collections.nCopies(rows, ""));
        if (names.size() != rows) {
            throw RequestException.bad(
                    "input name has " + names.size() + " names: expected one for each of " + rows + " labels");
        }
        return names;
    }

    private static String text(byte[] element) {
        return new String(element, StandardCharsets.UTF_8);
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
        Map<String, String> kinds = new LinkedHashMap<>(parameters);
        String forget = Objects.requireNonNullElse(kinds.remove("forget"), "false");
        if (!forget.matches("true|false")) {
            throw RequestException.bad("query parameter forget \"" + forget + "\": expected true or false");
        }
        if (kinds.size() != 1) {
            throw RequestException.bad("parameters " + parameters
                    + ": expected one of ids, label and name, which says what to remove, and perhaps forget=true");
        }
        requireChangeable();
        try (LeasedModel asked = model.lease()) {
            return remove(asked.index(), kinds.entrySet().iterator().next(), forget.equals("true"));
        }
    }

    private Map<String, Object> remove(CacheIndex index, Map.Entry<String, String> chosen, boolean forget) {
        Optional<String> missing =
                chosen.getKey().equals(IDS) ? KeySelection.missing(index, chosen.getValue()) : Optional.empty();
        Map<String, Object> answer = new LinkedHashMap<>();
        try (CacheReader before = index.snapshot()) {
            if (forget) {
                ForgottenKeys receipt = index.forget(file(), ids(index, chosen.getKey(), chosen.getValue()));
                answer.put("removed", receipt.removed());
                answer.put("receipt", receipt(receipt));
            } else {
                answer.put("removed", remove(index, chosen.getKey(), chosen.getValue()));
            }
            addEffect(answer, index, before);
        } catch (UnsavedChangeException e) {
            throw unsaved(e, "removed", e.result());
        } catch (UnerasedKeysException e) {
            log(e);
            throw new RequestException(
                    RequestException.ERROR,
                    "the keys are removed, and their bytes may still be in the files, because the index cannot be saved: ask again"
                            + " when the operator of the server, whose log says more, has mended the cause",
                    Map.of(
                            "type",
                            "urn:afterimage:unerased-keys",
                            RequestFailure.CHANGED,
                            true,
                            "removed",
                            e.removed()));
        } catch (UncheckedIOException e) {
            throw model.files().refused(model.name(), index, e);
        } catch (IOException e) {
            throw model.files().refused(model.name(), index, new UncheckedIOException(e.getMessage(), e));
        }
        boolean none = answer.get("removed").equals(0L);
        missing.or(() -> none
                        ? Optional.of(KeySelection.unmatched(chosen.getKey(), chosen.getValue()))
                        : Optional.empty())
                .ifPresent(warning -> answer.put("warning", warning));
        answer.putAll(Contents.state(index));
        return answer;
    }

    private static Map<String, Object> receipt(ForgottenKeys receipt) {
        return new JsonObject()
                .with("ids", receipt.ids())
                .with("version_before", receipt.versionBefore())
                .with("version_after", receipt.versionAfter())
                .with(
                        "files",
                        receipt.files().stream()
                                .map(file -> new JsonObject()
                                        .with(NAME, file.name())
                                        .with("sha256", file.sha256())
                                        .with("rewritten", file.rewritten()))
                                .toList())
                .with("deleted", receipt.deleted())
                .with("not_undone", ForgottenKeys.NOT_UNDONE);
    }

    private static long[] ids(CacheIndex index, String kind, String value) {
        if (kind.equals(IDS)) {
            return KeySelection.ids(value);
        }
        return KeySelection.ids(index, chosen(index, kind, value));
    }

    private static long remove(CacheIndex index, String kind, String value) {
        return kind.equals(IDS) ? index.remove(KeySelection.ids(value)) : index.remove(chosen(index, kind, value));
    }

    private static Predicate<KeyEntry> chosen(CacheIndex index, String kind, String value) {
        if (kind.equals(LABEL)) {
            int label = KeySelection.label(index, value);
            return key -> key.label() == label;
        }
        Predicate<String> named = KeySelection.names(List.of(value));
        return key -> named.test(key.name());
    }

    private Path file() {
        return model.files()
                .index()
                .orElseThrow(() ->
                        RequestException.bad("the index was not opened from a file: there is no place to save it"));
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
}
