package io.github.afterimage.cli.index;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Sends examples to a server in batches. */
public final class SentExamples {
    /** Images of a request: as many as a server answers together. */
    private static final int BATCH = 64;
    /** Bytes of images after which a request is sent; a server takes 64 MiB by default. */
    private static final int MAX_BYTES = 16 << 20;

    private SentExamples() {}

    /**
     * Sends the examples to a server, which adds them as keys.
     *
     * @return number of keys added
     */
    public static long send(DataOptions data, ServedKeys keys, Progress progress) throws IOException {
        String option = data.imageOption();
        if (option != null) {
            throw new IllegalArgumentException(
                    option + " with --server: leave it out, because the server has the network");
        }
        if (data.areFeatures()) {
            try (FeatureSet features = FeatureSet.open(data.specification())) {
                return send(features, keys, progress);
            }
        }
        return send(ImageSets.open(data.specification()), keys, progress);
    }

    private static long send(ImageSet images, ServedKeys keys, Progress progress) throws IOException {
        List<byte[]> files = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        List<String> names = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < images.size(); i++) {
            byte[] file = images.image(i).encoded();
            files.add(file);
            labels.add(
                    images.hasClassNames()
                            ? images.classNames().get(images.label(i))
                            : Integer.toString(images.label(i)));
            names.add(images.imageName(i));
            bytes += file.length;
            if (files.size() == BATCH || bytes >= MAX_BYTES || i == images.size() - 1) {
                keys.addImages(files, labels, names);
                List.of(files, labels, names).forEach(List::clear);
                bytes = 0;
                progress.report(i + 1, images.size());
            }
        }
        return images.size();
    }

    private static long send(FeatureSet features, ServedKeys keys, Progress progress) throws IOException {
        requireNo("values", features.valueWidth() > 0, features);
        requireNo("weights", features.hasWeights(), features);
        int[] known = features.labels();
        int batch = Math.max(1, Math.min(BATCH, MAX_BYTES / Float.BYTES / features.dim()));
        for (long first = 0; first < features.size(); first += batch) {
            int count = (int) Math.min(batch, features.size() - first);
            FloatBuffer rows = FloatBuffer.allocate(count * features.dim());
            features.read(first, count, rows);
            List<String> labels = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (long row = first; row < first + count; row++) {
                labels.add(Integer.toString(known[(int) row]));
                names.add(features.rowName(row));
            }
            keys.addFeatures(rows.array(), labels, names);
            progress.report((int) (first + count), (int) features.size());
        }
        return features.size();
    }

    private static void requireNo(String array, boolean present, FeatureSet features) {
        if (present) {
            throw new IllegalArgumentException(
                    features.name() + " has " + array + ", which a server does not take: leave \"" + array
                            + "\" out of the file, or add it to the index file with --index");
        }
    }
}
