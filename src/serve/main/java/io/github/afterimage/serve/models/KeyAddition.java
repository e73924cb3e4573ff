package io.github.afterimage.serve.models;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.failure.RequestConflictException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Adds the rows of requests as keys of a model.
 *
 * <p>Threads: thread-safe.
 */
final class KeyAddition {
    /** Rows of a request that are looked for among the keys; more are data, and to look for each would take long. */
    private static final int MAX_LOOKED = 64;

    private final InferenceModel model;
    private final ServedKeys keys;
    private final SpareClasses spare;

    /**
     * Held from the last look for what contradicts rows until they are keys, so that of two requests at once one sees the other's; and
     * from the naming of a class until it has keys, so that no other request takes the class.
     */
    private final Lock lock = new ReentrantLock();

    KeyAddition(InferenceModel model, ServedKeys keys) {
        this.model = model;
        this.keys = keys;
        spare = new SpareClasses(model);
    }

    /** Adds the rows of a request, once for each {@code retry} that is not null. */
    AddedKeys add(InferenceRequest request, @Nullable String retry, LeasedModel asked) {
        if (retry == null) {
            return add(request, asked, keys -> keys);
        }
        long digest = request.contentDigest();
        try {
            return asked.index()
                    .added(retry, digest)
                    .orElseGet(() -> add(request, asked, keys -> keys.requestId(retry, digest)));
        } catch (RequestConflictException e) {
            throw new RequestException(
                    RequestException.CONFLICT,
                    "Idempotency-Key " + retry + " belongs to another request: expected a new key for new content");
        }
    }

    private AddedKeys add(InferenceRequest request, LeasedModel asked, UnaryOperator<KeyBatch> more) {
        ClassLabels labels = labels(request);
        boolean mayName = request.flag("new_class", false);
        int[] known = spare.find(labels, mayName);
        List<String> names = names(request, known.length);
        PreparedRows rows = asked.prepared(request);
        boolean looked = known.length <= MAX_LOOKED;
        boolean replaces = request.flag("replace", false);
        long version = asked.index().version();
        long[] replaced = looked ? rows.contradicted(known, replaces) : new long[0];
        if (!looked && !spare.hasAny(known)) {
            return rows.add(known, replaced, keys -> more.apply(keys.names(names)));
        }
        lock.lock();
        try {
            int[] present = spare.find(labels, mayName);
            if (looked && asked.index().version() != version) {
                replaced = rows.contradicted(present, replaces);
            }
            keys.requireChangeable(); // the model may have been replaced meanwhile
            SpareClasses.Named named = spare.name(labels, present);
            try {
                return rows.add(named.labels(), replaced, keys -> more.apply(keys.names(names)));
            } catch (UnsavedChangeException e) {
                throw e; // the keys are there
            } catch (RuntimeException | Error e) {
                spare.undo(named);
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    private ClassLabels labels(InferenceRequest request) {
        model.requireInputs(request, "label", "name");
        ClassLabels labels = request.input("label")
                .map(tensor -> ClassLabels.of(tensor, model.index().classes()))
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
        List<String> names = request.input("name")
                .map(tensor -> tensor.elements().stream()
                        .map(element -> new String(element, StandardCharsets.UTF_8))
                        .toList())
                .orElseGet(() -> Collections.nCopies(rows, ""));
        if (names.size() != rows) {
            throw RequestException.bad(
                    "input name has " + names.size() + " names: expected one for each of " + rows + " labels");
        }
        return names;
    }
}
