package io.github.afterimage.spark;

import io.github.afterimage.model.network.Network;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.spark.SparkImages.NumberedImage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * A learned reduction in the form that the driver sends to the executors.
 *
 * @param reduction the text of the reduction
 * @param projection {@link LearnedReducer#projection}
 * @param whitening {@link LearnedReducer#whitening}
 * @param offset {@link LearnedReducer#offset}
 */
record SerializedComponents(
        String reduction, int dim, float[] projection, float[] whitening, float[] offset, double energy)
        implements Serializable {
    private static final int BATCH = 256;

    /** Opens the network of a task. */
    interface NetworkOpener extends Serializable {
        Network open() throws IOException;
    }

    /**
     * Trains a reduction on the rows of {@link ComponentLearner#sampleRows}. Executors run the sample through the network; the
     * driver holds {@code (sample, dim)} float32 during the call.
     *
     * @param firstRows the number of the first image of each partition, and at the end the number of all images
     * @throws IllegalArgumentException if there are fewer images than components
     */
    static SerializedComponents train(
            Reduction reduction,
            JavaRDD<NumberedImage> images,
            long[] firstRows,
            int sample,
            NetworkOpener network,
            int dim) {
        int[] rows = ComponentLearner.sampleRows(reduction, firstRows[firstRows.length - 1], sample);
        JavaRDD<FeatureBlock> blocks = images.mapPartitionsWithIndex(
                        (part, some) -> {
                            Iterator<NumberedImage> chosen = chosen(some, firstRows[part], rows);
                            return chosen.hasNext()
                                    ? new FeatureBlock.Blocks(chosen, network.open(), BATCH)
                                    : List.<FeatureBlock>of().iterator();
                        },
                        false)
                .persist(StorageLevel.DISK_ONLY());
        try (ComponentLearner learner = LearnedReducer.learner(reduction, dim, rows.length)) {
            blocks.count(); // computes all partitions at once; the driver then fetches them one by one
            blocks.toLocalIterator()
                    .forEachRemaining(block -> learner.add(FloatBuffer.wrap(block.features()), block.labels()));
            try (LearnedReducer learned = learner.learn(Runtime.getRuntime().availableProcessors())) {
                return new SerializedComponents(
                        reduction.toString(),
                        dim,
                        learned.projection(),
                        learned.whitening(),
                        learned.offset(),
                        learned.energy());
            }
        } finally {
            blocks.unpersist();
        }
    }

    private static Iterator<NumberedImage> chosen(Iterator<NumberedImage> images, long first, int[] rows) {
        List<NumberedImage> chosen = new ArrayList<>();
        for (long row = first; images.hasNext(); row++) {
            NumberedImage image = images.next();
            if (Arrays.binarySearch(rows, (int) row) >= 0) {
                chosen.add(image);
            }
        }
        return chosen.iterator();
    }

    /** {@return the reducer; the index that receives it closes it} */
    LearnedReducer reducer() {
        return LearnedReducer.of(Reduction.parse(reduction), dim, projection, whitening, offset, energy);
    }
}
