package io.github.afterimage.experiments.segmentation;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.model.network.PatchFeatures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The features of the patches of images, with the masks.
 *
 * @param rows for each image (positions, dim)
 * @param seconds the time that the network took, decoding included
 */
record PatchSet(List<float[]> rows, List<Mask> masks, double seconds) {
    static PatchSet read(PatchFeatures features, AnnotatedImages images, Progress progress) throws IOException {
        List<float[]> rows = new ArrayList<>();
        List<Mask> masks = new ArrayList<>();
        Stopwatch watch = Stopwatch.started();
        for (int i = 0; i < images.size(); i++) {
            Image image = images.image(i);
            masks.add(images.mask(i, image));
            rows.add(features.rows(images.file(i).toString(), image));
            progress.report(i + 1L, images.size());
        }
        return new PatchSet(rows, masks, watch.seconds());
    }

    int size() {
        return masks.size();
    }
}
