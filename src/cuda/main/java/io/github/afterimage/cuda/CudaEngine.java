package io.github.afterimage.cuda;

import io.github.afterimage.Engines;
import io.github.afterimage.engine.Gradient;
import io.github.afterimage.engine.KeyEngine;
import io.github.afterimage.engine.Nearest;
import io.github.afterimage.engine.Partial;
import io.github.afterimage.engine.Projection;
import io.github.afterimage.engine.Queries;
import io.github.afterimage.engine.Workers;
import io.github.afterimage.engine.Workspace;
import io.github.afterimage.keys.Keys;
import java.nio.FloatBuffer;
import java.util.List;

/** Runs on an NVIDIA GPU with cuBLAS and our own kernels; keys are on the device if they fit. */
final class CudaEngine extends KeyEngine {
    static final CudaEngine INSTANCE = new CudaEngine(false, CudaCaller.Way.USUAL);
    /** The engine of indexes that {@link Engines#auto} chose it for: the next one answers after the device has failed. */
    static final CudaEngine OF_AUTO = new CudaEngine(true, CudaCaller.Way.USUAL);

    private static final int LARGEST_BLOCK = 4096;
    /** Matrices {@code (batch, dim)} of float32 that a pass keeps on the device: queries, rounded queries, and a gradient. */
    private static final int QUERY_MATRICES = 3;

    private final boolean ofAuto;
    private final CudaCaller.Way way;

    private CudaEngine(boolean ofAuto, CudaCaller.Way way) {
        super("cuda");
        this.ofAuto = ofAuto;
        this.way = way;
    }

    /** Makes an engine for a check. */
    static CudaEngine ofCheck(CudaCaller.Way way) {
        return new CudaEngine(false, way);
    }

    @Override
    public String description() {
        return Cuda.description() + "; " + CudaCheck.result().summary() + "; auto takes it only with -D"
                + Engines.PROPERTY + "=cuda, because no GPU has been measured";
    }

    @Override
    public KeyEngine ofAuto() {
        return OF_AUTO;
    }

    @Override
    public KeyEngine current() {
        return ofAuto && Cuda.lost() != null ? KeyEngine.of(Engines.auto()) : this;
    }

    /** Cuts batches of long queries, so that those of a pass fit into the memory that keys leave free for each caller. */
    @Override
    protected int largestBlock(int dim, boolean fromDisk) {
        long fit = DeviceBudget.QUERY_BYTES / QUERY_MATRICES / Float.BYTES / dim;
        return (int) Math.max(1, Math.min(LARGEST_BLOCK, fit));
    }

    /** One task, because the device itself is parallel. */
    @Override
    protected int tasks(int threads) {
        return 1;
    }

    @Override
    public boolean projects() {
        return true;
    }

    @Override
    protected int projectionTasks(Projection projection, int rows, int threads) {
        return ProjectionPass.tasks(projection.inputDim(), projection.outputDim(), rows, threads);
    }

    @Override
    protected void project(
            Projection projection, FloatBuffer source, int first, int count, FloatBuffer target, Workspace workspace) {
        DeviceMatrix matrix = projection.copy(DeviceMatrix.class, () -> new DeviceMatrix(projection));
        caller(workspace).project(matrix, source, first, count, target, () -> {
            workspace.checkCancelled();
            Workers.checkInterrupted();
        });
    }

    @Override
    protected void classSums(List<Keys> parts, Queries queries, Partial partial, Workspace workspace) {
        caller(workspace).classSums(parts, queries, partial, workspace::checkCancelled);
    }

    @Override
    protected void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
        classSums(List.of(keys), queries, partial, workspace);
    }

    @Override
    protected void nearest(List<Keys> parts, Queries queries, Nearest nearest, Workspace workspace) {
        caller(workspace).nearest(parts, queries, nearest, workspace::checkCancelled);
    }

    @Override
    protected void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {
        nearest(List.of(keys), queries, nearest, workspace);
    }

    @Override
    protected void gradient(List<Keys> parts, Queries queries, Gradient gradient, Workspace workspace) {
        caller(workspace).gradient(parts, queries, gradient, workspace::checkCancelled);
    }

    @Override
    protected void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
        gradient(List.of(keys), queries, gradient, workspace);
    }

    private CudaCaller caller(Workspace workspace) {
        return workspace.resource(CudaCaller.class, CudaCaller::new).in(way);
    }
}
