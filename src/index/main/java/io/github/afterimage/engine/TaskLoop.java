package io.github.afterimage.engine;

/** Runs numbered tasks of one query, one after the other or on several threads. */
interface TaskLoop {
    /** Maximum number of tasks that run at once. */
    int width();

    void forEach(int count, Workers.NumberedTask task);

    /** Returns a loop on the caller's thread. */
    static TaskLoop sequential(Workspace workspace) {
        return new TaskLoop() {
            @Override
            public int width() {
                return 1;
            }

            @Override
            public void forEach(int count, Workers.NumberedTask task) {
                for (int i = 0; i < count; i++) {
                    task.run(i, workspace);
                }
            }
        };
    }

    /**
     * Returns a loop on the threads of the workers.
     *
     * @param shortTasks whether a single task runs on the caller's thread, where it cannot be interrupted
     */
    static TaskLoop parallel(Workers workers, boolean shortTasks) {
        return new TaskLoop() {
            @Override
            public int width() {
                return workers.threads();
            }

            @Override
            public void forEach(int count, Workers.NumberedTask task) {
                if (count == 1 && shortTasks) {
                    workers.runHere(workspace -> {
                        task.run(0, workspace);
                        return null;
                    });
                } else {
                    workers.forEach(count, task);
                }
            }
        };
    }
}
