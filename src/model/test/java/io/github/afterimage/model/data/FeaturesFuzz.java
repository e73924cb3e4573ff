package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** Opens features and reads every row of them. */
final class FeaturesFuzz {
    private static final int BLOCK = 64;

    private FeaturesFuzz() {}

    /** Any exception other than that of a damaged file is a finding. */
    static void read(Path file) throws IOException {
        try (FeatureSet features = FeatureSet.open("features:" + file)) {
            long columns =
                    Math.max(features.dim(), features.probabilityClasses().orElse(1));
            int block = (int) Math.max(1, Math.min(BLOCK, (1 << 20) / columns));
            for (int row = 0; row < features.size(); row += block) {
                int count = Math.min(block, features.size() - row);
                features.read(row, count, FloatBuffer.allocate(Math.multiplyExact(count, features.dim())));
                if (features.probabilityClasses().isPresent()) {
                    features.readProbabilities(
                            0,
                            row,
                            count,
                            FloatBuffer.allocate(Math.multiplyExact(
                                    count, features.probabilityClasses().getAsInt())));
                }
            }
        } catch (CorruptDataException expected) {
            // refused
        }
    }
}
