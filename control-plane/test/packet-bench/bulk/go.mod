module bulk

go 1.22
