package io.github.afterimage;

import io.github.afterimage.answer.StoredAttributes;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.file.IndexRepair;
import io.github.afterimage.file.SavedFiles;
import io.github.afterimage.file.StoredReduction;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.Findings;
import io.github.afterimage.reduce.Reducer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of {@link StoredIndex#repair}: the keys saved from a damaged index, and a list of the losses.
 *
 * <pre>{@code
 * RepairedIndex repaired = StoredIndex.repair(Path.of("damaged.safetensors"), Path.of("repaired.safetensors"));
 * System.out.println(repaired.keys() + " keys are left");
 * repaired.losses().forEach(System.out::println);
 * }</pre>
 *
 * @param keys number of keys in the new index
 * @param losses a sentence for each damage that the new index shows, with file, position, rows and ids, as far as they are known;
 *     empty if nothing is lost
 * @param mended a sentence for each damage that the new index does not show
 */
public record RepairedIndex(long keys, List<String> losses, List<String> mended) {
    static RepairedIndex write(Path file, Path to) throws IOException {
        IndexRepair.requireFree(to);
        Findings findings = new Findings();
        IndexFile.Contents contents = IndexRepair.read(file, findings);
        List<String> losses = findings.losses();
        try (KeyStore keys = contents.keys();
                Snapshot intact = keys.snapshot();
                SavedFiles files = new SavedFiles(null)) {
            if (intact.size() == 0 && !losses.isEmpty()) {
                throw new CorruptIndexException(file, "no key of it is intact: " + losses.get(0));
            }
            Reducer reducer = StoredReduction.open(file, contents, 1);
            if (reducer != null) {
                reducer.close();
            }
            Map<String, String> attributes = attributes(file, contents, losses);
            files.save(to, keys, attributes, contents.extra(), false);
        }
        try (KeyStore written = IndexFile.open(to, true).keys();
                Snapshot keys = written.snapshot()) {
            return new RepairedIndex(keys.size(), List.copyOf(losses), findings.mended());
        }
    }

    /** Leaves attributes out that no index may have; only a damaged header has them. */
    private static Map<String, String> attributes(Path file, IndexFile.Contents contents, List<String> losses) {
        Map<String, String> attributes = new LinkedHashMap<>(contents.attributes());
        String finding;
        while ((finding = StoredAttributes.finding(attributes, contents.keys().classes())) != null) {
            losses.add(file + ": " + finding + "; left out");
            attributes.keySet().removeAll(StoredAttributes.named(attributes.keySet(), finding));
        }
        return attributes;
    }
}
