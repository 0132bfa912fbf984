// Names what a node's agent says of the whole node, beside the reasons of its links and pods.

/** The reason of Programmed where the node has nothing of ours and should have nothing: also when all of it has been removed. */
export const nothingWanted = "NothingWanted";
