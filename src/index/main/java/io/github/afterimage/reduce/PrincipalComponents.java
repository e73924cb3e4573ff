package io.github.afterimage.reduce;

import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * Multiplies rows with principal components: orthonormal rows {@code (outputDim, inputDim)} by descending importance.
 *
 * <p>A {@link ComponentLearner} learns the components from keys. {@link #rows} returns them, and {@link #of} restores them.
 */
public final class PrincipalComponents extends LearnedReducer {
    private final Matrix components;

    /** @param components this takes ownership and closes them */
    PrincipalComponents(Reduction reduction, int inputDim, Matrix components, double energy) {
        super(reduction, inputDim, energy);
        this.components = components;
    }

    /**
     * Restores components that were learned before.
     *
     * @param reduction a reduction to principal components
     * @param inputDim values of an original row
     * @param rows the result of {@link #rows}, {@code (outputDim, inputDim)} float32 row-major, from the buffer's position
     *     to its limit; copied
     * @param energy the result of {@link #energy}
     * @throws IllegalArgumentException if a length does not fit, or a value is not finite
     * @throws io.github.afterimage.NotEnoughMemoryException if memory is refused
     */
    public static PrincipalComponents of(Reduction reduction, int inputDim, FloatBuffer rows, double energy) {
        checkLearned(reduction, inputDim);
        int count = reduction.dim();
        if (rows.remaining() != (long) count * inputDim) {
            throw new IllegalArgumentException("components hold " + rows.remaining() + " values: expected outputDim "
                    + count + " x inputDim " + inputDim);
        }
        checkEnergy(energy);
        for (int i = 0; i < rows.remaining(); i++) {
            float value = rows.get(rows.position() + i);
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("component " + i / inputDim + " has " + value + " at column "
                        + i % inputDim + ": every value must be finite");
            }
        }
        Matrix copy = Matrix.of(count, inputDim);
        for (int row = 0; row < count; row++) {
            copy.row(row).put(rows.slice(rows.position() + row * inputDim, inputDim));
        }
        return new PrincipalComponents(reduction, inputDim, copy, energy);
    }

    @Override
    void project(FloatBuffer source, FloatBuffer target, int count) {
        components.reduce(source, target, count);
    }

    @Override
    void pullBack(FloatBuffer rows, FloatBuffer gradients, FloatBuffer target, int count) {
        components.expand(gradients, target, count);
    }

    /**
     * Returns a copy of the components on the heap, {@code (outputDim, inputDim)} float32 row-major.
     *
     * @throws IllegalStateException if this is closed
     */
    public FloatBuffer rows() {
        checkOpen();
        float[] copy = new float[outputDim() * inputDim()];
        for (int row = 0; row < outputDim(); row++) {
            components.row(row).get(copy, row * inputDim(), inputDim());
        }
        return FloatBuffer.wrap(copy);
    }

    @Override
    public float[] projection() {
        return rows().array();
    }

    @Override
    public Optional<Entries> entries() {
        return Optional.of(new Entries(1) {
            @Override
            public void fill(int row, float[] values) {
                components.row(row).get(values);
            }
        });
    }

    @Override
    public long bytes() {
        return components.bytes();
    }

    @Override
    void release() {
        components.close();
    }
}
