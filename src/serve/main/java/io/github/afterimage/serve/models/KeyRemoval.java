package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ForgottenKeys;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A request to remove keys.
 *
 * @param kind how the keys are named: {@code ids}, {@code label} or {@code name}
 * @param forget whether the files are rewritten without the keys
 */
record KeyRemoval(String kind, String value, boolean forget) {
    /** The number of removed keys in an answer. */
    static final String REMOVED = "removed";

    private static final String IDS = "ids";

    /** @throws RequestException if keys are named in no way, or in two */
    static KeyRemoval of(Map<String, String> parameters) {
        Map<String, String> kinds = new LinkedHashMap<>(parameters);
        String forget = Objects.requireNonNullElse(kinds.remove("forget"), "false");
        if (!forget.matches("true|false")) {
            throw RequestException.bad("query parameter forget \"" + forget + "\": expected true or false");
        }
        if (kinds.size() != 1) {
            throw RequestException.bad("parameters " + parameters
                    + ": expected one of ids, label and name, which says what to remove, and perhaps forget=true");
        }
        Map.Entry<String, String> chosen = kinds.entrySet().iterator().next();
        return new KeyRemoval(chosen.getKey(), chosen.getValue(), forget.equals("true"));
    }

    /** Returns the bytes of the heap that a removal takes. */
    static long bytes(Map<String, String> parameters) {
        String ids = parameters.get(IDS);
        return ids == null ? 0 : 2L * Long.BYTES * KeySelection.count(ids);
    }

    /** Returns a sentence about ids that are not there; empty if all are. */
    Optional<String> missing(CacheIndex index) {
        return kind.equals(IDS) ? KeySelection.missing(index, value) : Optional.empty();
    }

    /** Returns a sentence if no key was removed. */
    Optional<String> unmatched(long removed) {
        return removed == 0 ? Optional.of(KeySelection.unmatched(kind, value)) : Optional.empty();
    }

    /**
     * Removes the keys.
     *
     * @param answer receives the number of removed keys, and the receipt if they are forgotten
     * @return the number of removed keys
     */
    long run(CacheIndex index, Supplier<Path> file, Map<String, Object> answer) throws IOException {
        if (forget) {
            long[] ids = kind.equals(IDS) ? KeySelection.ids(value) : KeySelection.ids(index, chosen(index));
            ForgottenKeys receipt = index.forget(file.get(), ids);
            answer.put(REMOVED, receipt.removed());
            answer.put("receipt", json(receipt));
            return receipt.removed();
        }
        long removed = kind.equals(IDS) ? index.remove(KeySelection.ids(value)) : index.remove(chosen(index));
        answer.put(REMOVED, removed);
        return removed;
    }

    private Predicate<KeyEntry> chosen(CacheIndex index) {
        if (kind.equals("label")) {
            int label = KeySelection.label(index, value);
            return key -> key.label() == label;
        }
        Predicate<String> named = KeySelection.names(List.of(value));
        return key -> named.test(key.name());
    }

    private static Map<String, Object> json(ForgottenKeys receipt) {
        return new JsonObject()
                .with("ids", receipt.ids())
                .with("version_before", receipt.versionBefore())
                .with("version_after", receipt.versionAfter())
                .with(
                        "files",
                        receipt.files().stream()
                                .map(file -> new JsonObject()
                                        .with("name", file.name())
                                        .with("sha256", file.sha256())
                                        .with("rewritten", file.rewritten()))
                                .toList())
                .with("deleted", receipt.deleted())
                .with("not_undone", ForgottenKeys.NOT_UNDONE);
    }
}
